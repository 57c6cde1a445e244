"""Pictures made in tests: smooth colours, so that a JPEG of them is small and like them."""

import io
import zlib

import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")

PALETTE = {"red": (205, 40, 35), "green": (40, 150, 60), "blue": (40, 90, 210)}


def smooth(seed=0, size=(48, 36)):
    """A picture of a few soft patches."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size)


def tinted(colour, seed, size=(48, 36)):
    """A picture that is mostly of one colour."""
    rng = np.random.default_rng(seed)
    small = np.clip(np.array(PALETTE[colour]) + rng.normal(0, 18, (6, 8, 3)), 0, 255)
    return Image.fromarray(small.astype(np.uint8)).resize(size)


def saved(image, kind="PNG", **options):
    """The bytes of a file of a picture."""
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def photos(folder, n=12, colours=("red", "green", "blue")):
    """A folder of folders by colour, n pictures in each."""
    for c, colour in enumerate(colours):
        (folder / f"{colour} things").mkdir(parents=True)
        for i in range(n):
            data = saved(tinted(colour, 100 * c + i), "JPEG", quality=90)
            (folder / f"{colour} things" / f"IMG_{i:04d}.jpg").write_bytes(data)
    return folder


def claiming(png, side):
    """A PNG that says it is a square of that side."""
    head = png[12:16] + side.to_bytes(4, "big") * 2 + png[24:29]
    return png[:12] + head + zlib.crc32(head).to_bytes(4, "big") + png[33:]


def damaged():
    """Name of a file -> its bytes, and words of the reason why it is no picture."""
    real = smooth(3, (200, 150))
    png, jpeg = saved(real), saved(real, "JPEG")
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 0xFF
    return {
        "empty.jpg": (b"", "empty"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "damaged"),
        "cut.png": (png[: len(png) // 2], "damaged"),
        "flipped.png": (bytes(flipped), "damaged"),
        "bomb.png": (claiming(png, 60_000), "million pixels"),
        "no pixels.png": (claiming(png, 0), "not a readable picture|damaged|no pixels"),
        "text.jpg": (b"this is no picture\n" * 9, "not a readable picture"),
        "zeros.png": (bytes(999), "not a readable picture"),
        "head.gif": (saved(real, "GIF")[:13], "not a readable picture|damaged"),
        "cut.webp": (saved(real, "WEBP")[:200], "not a readable picture|damaged"),
        "cut.tif": (saved(real, "TIFF")[:200], "not a readable picture|damaged"),
    }
