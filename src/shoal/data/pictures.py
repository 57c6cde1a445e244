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
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.errors import BadInput, MissingExtra, ShoalError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")
NAMES = "JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF or HEIC"
ENDINGS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .apng .webp .gif .tif .tiff .bmp .dib .mpo .heic .heif .hif "
    ".avif".split()
)
UNREAD: dict[str, str] = {
    ".jxl": "a JPEG XL picture, which is not supported: save it as JPEG or PNG",
    ".jp2": "a JPEG 2000 picture, which is not supported: save it as JPEG or PNG",
    ".psd": "a Photoshop file, which is not supported: save it as JPEG or PNG",
    **dict.fromkeys(
        ".3fr .arw .cr2 .cr3 .dng .erf .kdc .mrw .nef .nrw .orf .pef .raf .raw .rw2 .sr2 .srw "
        ".x3f".split(),
        "a raw camera picture, which is not supported: export it as JPEG",
    ),
}
"""Endings of pictures that are known and not read, and what to do about them."""
HEIC_MISSING = (
    "a HEIC picture, which needs the package 'pi-heif'. Install it with: pip install 'shoal[heif]'"
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
AVIF_BRANDS = (b"avif", b"avis")
DEEP = ";16"
"""In the name of the mode of a file with 16 bits a channel."""
LIGHT, DARK = 208, 48
"""Brightness from which a drawing is hardly seen on white, and up to which on black."""
MAX_PIXELS = 89_000_000
"""More would be a quarter of a gigabyte in memory: refused, as a small file can claim any size."""
THUMBNAIL_SIDE = 128
THUMBNAIL_QUALITY = 75
STRETCHED = "shoal-stretched"
GROUND = "shoal-ground"
"""Where an image in memory keeps what `Picture` says of its range, and the grey it was laid on."""
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
    stretched : which part of the range of its numbers was used and is shown as all of it, such as
        "12 of 16 bits"; "" where nothing was changed
    """

    source: Path | bytes
    digest: bytes
    thumbnail: bytes
    stretched: str = ""

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
    boxed = head[4:8] == b"ftyp" and head[8:12] in (*HEIC_BRANDS, *AVIF_BRANDS)
    bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    return head.startswith(magics) or webp or bitmap or boxed


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


@cache
def _reads_heic() -> bool:
    """Whether HEIC can be read; what reads it is made known to Pillow."""
    # pillow-heif is the same with an encoder, and may be there already
    for name in ("pi_heif", "pillow_heif"):
        if find_spec(name) is not None:
            import_module(name).register_heif_opener()
            return True
    return False


def read_picture(source: Path | bytes) -> Picture:
    """Decode a picture once: its digest, its thumbnail, and proof that it can be used.

    Raises
    ------
    Unreadable : if it cannot
    """
    ending = source.suffix.lower() if isinstance(source, Path) else ""
    if ending in UNREAD:
        raise Unreadable(UNREAD[ending])
    data = _data(source)
    image = decode(data, THUMBNAIL_SIDE)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small = io.BytesIO()
    ground = image.info.get(GROUND, "")
    image.save(small, "JPEG", quality=THUMBNAIL_QUALITY, comment=ground.encode() or None)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    return Picture(source, digest, small.getvalue(), image.info.get(STRETCHED, ""))


def decode(source: Path | bytes, least: int) -> Image:
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
    heic = data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS
    if heic and not _reads_heic():
        raise Unreadable(HEIC_MISSING)
    Image.preinit()
    Image.init()  # formats that are not known are an error
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        with _quiet, Image.open(io.BytesIO(data), formats=formats) as image:
            _check_size(image.size)
            deep = DEEP in str(image.tile)
            image.draft("RGB", (least, least))
            image.load()
            return _plain(_upright(image), deep=deep)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable(f"more than {MAX_PIXELS / 1e6:.0f} million pixels") from None
    except UnidentifiedImageError:
        raise Unreadable(f"not a readable picture ({NAMES})") from None
    except Unreadable:
        raise
    except MemoryError:
        raise Unreadable("too large for memory") from None
    except Exception as error:  # a damaged file may raise anything, and must never end a run
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise Unreadable(f"damaged: {why}") from error


def decode_again(picture: Picture, least: int) -> Image:
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
            f"{where} was readable when the run began, but no longer is: {error}. Run the "
            "command again."
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


def _upright(image: Image) -> Image:
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


def _plain(image: Image, *, deep: bool) -> Image:
    """Any mode as RGB: more than 8 bits scaled to 8, transparency over a ground that shows it.

    Parameters
    ----------
    image : of Pillow
    deep : whether the file has 16 bits a channel, of which Pillow may have kept the upper 8
    """
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        scaled, info = _eight_bits(np.asarray(image))
        plain = Image.fromarray(scaled).convert("RGB")
        plain.info[STRETCHED] = info
        return plain
    if image.mode in ("La", "RGBa"):  # multiplied by their transparency
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        over = image.convert("RGBA")
        level = _ground(over)
        ground = Image.new("RGBA", over.size, (level, level, level, 255))
        plain = Image.alpha_composite(ground, over).convert("RGB")
        plain.info[GROUND] = f"{GROUND} {level}"
    elif image.mode == "LAB":
        plain = _from_lab(image)
    else:
        # a copy where it is RGB already: the file behind the image is closed
        plain = image.convert("RGB") if image.mode != "RGB" else image.copy()
    return _brightened(plain) if deep else plain


def made_ground(thumbnail: Image) -> int | None:
    """The grey level of what a thumbnail's drawing was laid over; None where it has its own ground.

    Parameters
    ----------
    thumbnail : an open image of Pillow, as `read_picture` made it
    """
    comment = thumbnail.info.get("comment", b"")
    name, _, level = comment.decode("ascii", "replace").partition(" ")
    return int(level) if name == GROUND and level.isdigit() else None


def _ground(image: Image) -> int:
    """The grey that a drawing with transparency is laid over: white where it is seen on that.

    A light drawing gets a dark ground, one that is both light and dark gets grey.
    """
    alpha = np.asarray(image.getchannel("A"), dtype=np.float64)
    total = float(alpha.sum())
    if total == 0 or alpha.min() == 255:
        return 255
    grey = np.asarray(image.convert("RGB").convert("L"))
    light = float(alpha[grey >= LIGHT].sum()) / total
    dark = float(alpha[grey <= DARK].sum()) / total
    if light <= 0.5:
        return 255
    return 24 if dark < 0.1 else 128


def _from_lab(image: Image) -> Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, *profiles, outputMode="RGB")


def _brightened(image: Image) -> Image:
    """A picture of 16 bits a channel whose upper bits are not used, so that the used ones show."""
    top = max(high for _, high in image.getextrema())
    if not 0 < top < 128:
        return image
    used = top.bit_length()
    plain = image.point([min(255, value * 255 // (2**used - 1)) for value in range(256)] * 3)
    plain.info[STRETCHED] = f"{8 + used} of 16 bits"
    return plain


def _eight_bits(values: Any) -> tuple[Any, str]:
    """Numbers of more than 8 bits as 0 to 255, by the range that they use; and what that is."""
    whole = np.issubdtype(np.asarray(values).dtype, np.integer)
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float64))
    low, top = float(numbers.min(initial=0.0)), float(numbers.max(initial=0.0))
    info = ""
    if low < 0 or (not whole and not _is_usual(top)) or top > 65535:
        # depths, temperatures and the like: there is no range but their own
        low = float(numbers.min()) if numbers.size else 0.0
        info = f"{low:g} to {top:g}"
    elif whole:
        used = max(int(top).bit_length(), 8)
        low, top = 0.0, float(2**used - 1)
        info = f"{used} of 16 bits" if used < 16 else ""
    else:
        low, top = 0.0, 1.0 if top <= 1 else 255.0
    scaled = (numbers - low) / ((top - low) or 1.0)
    return np.rint(np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8), info


def _is_usual(top: float) -> bool:
    """Whether fractions whose largest is `top` are 0 to 1, or 0 to 255 as bytes are."""
    return 0.25 <= top <= 1 or 128 <= top <= 255 or top == 0


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
