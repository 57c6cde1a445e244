"""Picture files, alone or in a folder: found but not yet decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from shoal.data.names import shown_name
from shoal.data.pictures import ENDINGS, UNREAD, is_image_head
from shoal.errors import BadInput
from shoal.parts.readers.folder import files_below, links_below
from shoal.parts.readers.table import Table

HEAD_BYTES = 16
SHOWN = 3
FILMS = frozenset(
    ".mov .mp4 .m4v .avi .mp .mv .mts .m2ts .3gp .3g2 .mkv .webm .wmv .mpg .mpeg .insv".split()
)
SIDECARS = frozenset(
    ".aae .xmp .thm .lrv .pp3 .dop .exif .ini .db .ds_store .nfo .cos .arp .vrd .dr4 .on1 .url "
    ".lnk .icc .icm .kml .gpx .srt .m4a .wav .aup .plist .sha1 .md5 .log .part .tmp".split()
)
"""Endings of files that programs and cameras lay beside pictures, whatever they are called."""
SYSTEM = frozenset(
    "thumbs.db desktop.ini picasa.ini metadata.json user-generated-memory-titles.json "
    "print-subscriptions.json shared_album_comments.json readme.txt license.txt".split()
)
"""Names of files that services and systems put into folders of pictures."""


def looks_like_picture(path: Path) -> bool:
    """Whether a file is a picture by its ending or, if that says nothing, its first bytes."""
    ending = path.suffix.lower()
    if ending in ENDINGS or ending in UNREAD:
        return True
    if ending in FILMS or ending in SIDECARS:
        return False
    try:
        if not path.is_file():  # a pipe would wait for its writer
            return False
        with path.open("rb") as file:
            return is_image_head(file.read(HEAD_BYTES))
    except OSError:
        return False


def holds_pictures(folder: Path) -> bool:
    """Whether a folder is one of pictures: at least as many as documents that stand for themselves.

    Films, and files that belong to a picture by their name or are of programs and cameras, are no
    documents.
    """
    files = files_below(folder)
    pictures = [path for path in files if looks_like_picture(path)]
    if not pictures:
        return False
    belongs = _Beside(pictures)
    taken = set(pictures)
    others = [path for path in files if path not in taken and not belongs(path)]
    return len(pictures) >= len(others)


class _Beside:
    """Tells which files belong to pictures.

    Parameters
    ----------
    pictures : the pictures of the folder
    """

    def __init__(self, pictures: Sequence[Path]) -> None:
        self.stems = {(path.parent, path.stem.lower()) for path in pictures}
        self.names = {(path.parent, path.name.lower()) for path in pictures}

    def __call__(self, path: Path) -> bool:
        """Whether a file is a film, a sidecar, or something that a system wrote."""
        name, ending = path.name.lower(), path.suffix.lower()
        if ending in FILMS or ending in SIDECARS or name in SYSTEM:
            return True
        if (path.parent, path.stem.lower()) in self.stems:  # a.txt, a.json beside a.jpg
            return True
        # a.jpg.json, a.jpg.supplemental-metadata.json, also where a service cut the name short
        parts = name.split(".")
        begins = (".".join(parts[:end]) for end in range(1, len(parts)))
        return any(
            (path.parent, begin) in self.names or (path.parent, begin) in self.stems
            for begin in begins
        )


def read_pictures(source: Path, *, name: str = "") -> Table:
    """Find every picture below a folder, or take one file.

    Returns
    -------
    Table with columns id (the path below the folder), path and folder; files that do not even
    look like a picture are left out and noted

    Raises
    ------
    BadInput : if there is no picture
    """
    name = name or str(source)
    whole = source.is_dir()
    files = files_below(source) if whole else [source]
    chosen = [path for path in files if looks_like_picture(path)] if whole else files
    if not chosen:
        raise BadInput(
            f"none of the {len(files)} files in {name} is a picture. Use a folder of pictures."
        )
    below = [path.relative_to(source) if whole else Path(path.name) for path in chosen]
    columns = {
        "id": [shown_name(path) for path in below],
        "path": [shown_name(str(path.absolute())) for path in chosen],
        "folder": [shown_name(path.parent) for path in below],
    }
    table = pa.table({key: pa.array(v, pa.large_string()) for key, v in columns.items()})
    notes = [*_left_out(files, chosen, name), *(_of_links(source, name) if whole else ())]
    return Table(table, "pictures", notes=tuple(notes))


def _left_out(files: Sequence[Path], chosen: Sequence[Path], name: str) -> Iterator[str]:
    """Sentences about the files beside the pictures: films, sidecars, and what is neither."""
    taken, belongs = set(chosen), _Beside(chosen)
    others = [path for path in files if path not in taken]
    films = [path for path in others if path.suffix.lower() in FILMS]
    beside = [path for path in others if path not in set(films) and belongs(path)]
    rest = [path for path in others if path not in {*films, *beside}]
    kinds = ((films, "films"), (beside, "sidecar files"), (rest, "files that are not pictures"))
    for paths, what in kinds:
        if not paths:
            continue
        endings = Counter(path.suffix or path.name for path in paths).most_common(SHOWN)
        told = ", ".join(f"{n:,} {shown_name(ending)}" for ending, n in endings)
        some = ", ".join(shown_name(path.name) for path in paths[:SHOWN])
        more = " and others" if len(paths) > SHOWN else ""
        yield f"{name}: {len(paths):,} {what} were left out ({told}): {some}{more}."


def _of_links(folder: Path, name: str) -> Iterator[str]:
    """Sentences about links to folders, which are not followed, and links that lead nowhere."""
    folders, broken = links_below(folder)
    for paths, what in (
        (folders, "links to folders were not followed"),
        (broken, "links are broken"),
    ):
        if paths:
            some = ", ".join(shown_name(path.relative_to(folder)) for path in paths[:SHOWN])
            more = " and others" if len(paths) > SHOWN else ""
            yield f"{name}: {len(paths):,} {what}: {some}{more}."
