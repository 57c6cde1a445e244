import numpy as np

from shoal.describers.colours import NAMED, colour_shares
from shoal.describers.pictures import describe_pictures
from tests.making_pictures import saved, tinted

LABELS = np.array([0] * 6 + [1] * 6 + [-1], dtype=np.int32)


def thumbnails():
    first = [saved(tinted("green", i), "JPEG") for i in range(6)]
    second = [saved(tinted("blue", i), "JPEG") for i in range(7)]
    return [*first, *second]


def test_every_named_colour_is_called_by_its_name():
    for place, code in enumerate(NAMED.values()):
        pixel = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)]], dtype=np.uint8)
        assert colour_shares(pixel).argmax() == place


def test_words_of_folders_and_files_name_a_cluster():
    paths = [f"trip/forest walk/IMG_{i}.jpg" for i in range(6)]
    paths += [f"trip/DSC0{i} open_sea.jpg" for i in range(6)] + ["trip/other.jpg"]
    (one, _), (other, keywords) = describe_pictures(paths, thumbnails(), LABELS)
    assert one == "forest · walk"
    assert other == "open · sea" or other == "sea · open"
    assert "blue" in keywords
    assert "trip" not in keywords


def test_colours_name_a_cluster_whose_files_are_only_numbered():
    paths = [f"IMG_{i:04d}.jpg" for i in range(13)]
    (one, _), (other, _) = describe_pictures(paths, thumbnails(), LABELS)
    assert "green" in one
    assert "blue" in other


def test_titles_differ_where_nothing_else_does():
    same = [saved(tinted("green", 1), "JPEG")] * 13
    titles = [title for title, _ in describe_pictures(["1.jpg"] * 13, same, LABELS)]
    assert len(set(titles)) == 2


class Fake:
    """Says of the first six pictures that they are lawns, of all others that they are seas."""

    names = ("lawn", "sea")

    def recognise(self, images):
        first = thumbnails()[:6]
        return np.array([[0.9, 0.1] if image in first else [0.1, 0.9] for image in images])


def test_what_the_pictures_show_comes_before_their_colours():
    paths = [f"{i}.jpg" for i in range(13)]
    (one, _), (other, _) = describe_pictures(paths, thumbnails(), LABELS, Fake())
    assert one.startswith("lawn")
    assert other.startswith("sea")


def test_no_clusters_are_no_trouble():
    nothing = np.full(13, -1, dtype=np.int32)
    assert describe_pictures(["1.jpg"] * 13, thumbnails(), nothing) == []
