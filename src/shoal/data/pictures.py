"""Pictures in files and in memory: what they show, upright and in plain colours, or why not.

Whatever a file holds ends as 8-bit RGB: turned as the camera was held, transparency laid over
white, grey, CMYK, palettes and 16 bits converted. Pillow does the decoding and is imported where
it is used. A file that cannot be read raises `Unreadable` with the reason, whatever is wrong with
it; this module knows nothing of tables, models or runs.
"""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shoal.errors import BadInput, MissingExtra, ShoalError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
NAMES = "JPEG, PNG, WebP, GIF, TIFF or BMP"
ENDINGS = frozenset(".jpg .jpeg .jpe .jfif .png .apng .webp .gif .tif .tiff .bmp .dib .mpo".split())
MAX_PIXELS = 89_000_000
"""More would be a quarter of a gigabyte in memory: refused, as a small file can claim any size."""
THUMBNAIL_SIDE = 128
THUMBNAIL_QUALITY = 75
ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""


class Unreadable(ShoalError):
    """A picture that cannot be used; the message is the reason, for the row's note."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Parameters
    ----------
    source : its file, or the bytes of one
    digest : 16 bytes that stand for the file's bytes: equal files are one content
    thumbnail : a small JPEG of it
    """

    source: Path | bytes
    digest: bytes
    thumbnail: bytes

    def __bytes__(self) -> bytes:
        """What tells this content from others."""
        return self.digest


def picture_in(content: Any) -> Picture | None:
    """The picture that a content is or, of a record, the first that it holds."""
    cells = content if isinstance(content, tuple) else (content,)
    return next((cell for cell in cells if isinstance(cell, Picture)), None)


def is_image_head(head: bytes) -> bool:
    """Whether the first bytes of a file, 16 or more, are those of a picture."""
    magics = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    # BM alone begins many a text; a bitmap has four zeros in its head
    return head.startswith(magics) or webp or (head[:2] == b"BM" and head[6:10] == bytes(4))


def require_pillow() -> None:
    """Raise unless Pillow is installed.

    Raises
    ------
    MissingExtra : if it is not
    """
    try:
        import PIL.Image  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "pictures need the package 'pillow', which is not installed. "
            "Install it with: pip install 'shoal[images]'"
        ) from error


def read_picture(source: Path | bytes) -> Picture:
    """Decode a picture once: its digest, its thumbnail, and proof that it can be used.

    Raises
    ------
    Unreadable : if it cannot
    """
    data = _data(source)
    image = decode(data, THUMBNAIL_SIDE)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small = io.BytesIO()
    image.save(small, "JPEG", quality=THUMBNAIL_QUALITY)
    return Picture(source, hashlib.blake2b(data, digest_size=16).digest(), small.getvalue())


def decode(source: Path | bytes, least: int) -> Any:
    """A picture as 8-bit RGB, upright.

    Parameters
    ----------
    source : a file, or the bytes of one
    least : pixels that both sides shall have where the picture has them; a JPEG may be decoded
        that much smaller, which takes a fraction of the time and memory

    Returns
    -------
    A Pillow image of mode RGB

    Raises
    ------
    Unreadable : if it cannot be decoded
    """
    from PIL import Image, UnidentifiedImageError

    data = _data(source)
    if not data:
        raise Unreadable("an empty file")
    try:
        with _quiet, Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image.size)
            image.draft("RGB", (least, least))
            image.load()
            return _plain(_upright(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable(f"more than {MAX_PIXELS / 1e6:.0f} million pixels") from None
    except UnidentifiedImageError:
        raise Unreadable(f"not a picture that can be read ({NAMES})") from None
    except Unreadable:
        raise
    except MemoryError:
        raise Unreadable("too large for the memory") from None
    except Exception as error:  # a damaged file may raise anything, and must never end a run
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise Unreadable(f"damaged: {why}") from error


def decode_again(picture: Picture, least: int) -> Any:
    """A picture that was read before, as 8-bit RGB.

    Raises
    ------
    BadInput : if it could be read before and now cannot
    """
    try:
        return decode(picture.source, least)
    except Unreadable as error:
        where = "a picture in memory" if isinstance(picture.source, bytes) else picture.source
        raise BadInput(
            f"{where} could be read when the run began, and now cannot: {error}. "
            "Give the command again."
        ) from error


def _data(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        # a pipe or a device could be read without end
        if source.is_file():
            return source.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or error}") from error
    raise Unreadable("no such file" if not source.exists() else "not a file")


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise Unreadable("no pixels")
    if width * height > MAX_PIXELS:
        raise Unreadable(f"more than {MAX_PIXELS / 1e6:.0f} million pixels: {width} x {height}")


def _upright(image: Any) -> Any:
    """The image turned as EXIF says; where EXIF is damaged, as it is."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        turn = turns.get(image.getexif().get(ORIENTATION))
    except Exception:  # as many errors as ways to damage it; the pixels are good all the same
        turn = None
    return image if turn is None else image.transpose(turn)


def _plain(image: Any) -> Any:
    """Any mode as RGB: 16 bits and more scaled to 8, transparency over white."""
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if "transparency" in image.info or image.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    # a copy where it is RGB already: the file behind the image is closed
    return image.convert("RGB") if image.mode != "RGB" else image.copy()


def _eight_bits(values: Any) -> Any:
    """Numbers of more than 8 bits as 0 to 255, by the range that their kind of file has."""
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float64))
    top = float(numbers.max(initial=0.0))
    # fractions are 0 to 1; whole numbers 8 or 16 bits; what is beyond has only its own range
    range_ = next((limit for limit in (1.0, 255.0, 65535.0) if top <= limit), top)
    if np.issubdtype(np.asarray(values).dtype, np.integer):
        range_ = max(range_, 65535.0)
    return np.rint(np.clip(numbers / range_, 0.0, 1.0) * 255).astype(np.uint8)


class _Quiet:
    """No warnings of Pillow while any thread decodes; one of a huge picture is an error.

    Filters of warnings belong to the process: the first thread in sets them, the last one out
    puts back what was there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before: Any = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = warnings.catch_warnings()
                self._before.__enter__()
                _set_filters()

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._before.__exit__(None, None, None)


_quiet = _Quiet()


def _set_filters() -> None:
    from PIL import Image

    # of damaged metadata, above all: whether the pixels are good is found out by decoding them
    warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
