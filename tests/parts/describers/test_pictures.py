import io

import numpy as np
from PIL import Image

from shoal.data.pictures import read_picture
from shoal.parts.describers.base import Space
from shoal.parts.describers.colours import NAMED, colour_shares
from shoal.parts.describers.pictures import describe_pictures
from shoal.parts.describers.zero_shot import Shown, zero_shot
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


def test_a_folder_names_a_cluster_and_names_of_files_do_not():
    paths = [f"trip/forest_walk/IMG_{i}.jpg" for i in range(6)]
    paths += [f"trip/DSC0{i} open_sea.jpg" for i in range(6)] + ["trip/other.jpg"]
    (one, _), (other, keywords) = describe_pictures(paths, thumbnails(), LABELS)
    assert one == "Forest walk"
    assert other == "Blue pictures"
    assert "blue" in keywords
    assert "sea" in keywords
    assert "trip" not in keywords


def test_colours_name_a_cluster_whose_files_are_only_numbered():
    paths = [f"IMG_{i:04d}.jpg" for i in range(13)]
    (one, _), (other, _) = describe_pictures(paths, thumbnails(), LABELS)
    assert one == "Green pictures"
    assert other == "Blue pictures"


def test_the_ground_that_was_made_is_no_colour():
    """White drawings on transparency are laid over a dark ground, and are white all the same."""

    def drawn(colour, place):
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        image.paste(colour, (8 + place, 8, 24 + place, 24))
        file = io.BytesIO()
        image.save(file, "PNG")
        return read_picture(file.getvalue()).thumbnail

    logos = [drawn((255, 255, 255, 255), i) for i in range(6)]
    logos += [drawn((204, 34, 34, 255), i) for i in range(7)]
    paths = [f"{i}.png" for i in range(13)]
    titles = [title for title, _ in describe_pictures(paths, logos, LABELS)]
    assert titles == ["White pictures", "Red pictures"]


def test_titles_differ_where_nothing_else_does():
    same = [saved(tinted("green", 1), "JPEG")] * 13
    titles = [title for title, _ in describe_pictures(["1.jpg"] * 13, same, LABELS)]
    assert len(set(titles)) == 2


def lawns_and_seas(pictures):
    """Of the first six pictures that they are lawns, of all others that they are seas."""
    return np.array([[0.9, 0.1] if picture < 6 else [0.1, 0.9] for picture in pictures])


def test_what_the_pictures_show_comes_before_their_colours():
    paths = [f"{i}.jpg" for i in range(13)]
    shown = Shown(("lawn", "sea"), lawns_and_seas)
    (one, _), (other, _) = describe_pictures(paths, thumbnails(), LABELS, shown)
    assert one.startswith("Lawn")
    assert other.startswith("Sea")


def test_a_model_of_pictures_and_words_says_what_is_shown_by_its_own_cosines():
    words = {"a photo of a lawn": [1.0, 0.0], "a photo of a sea": [0.0, 1.0]}
    vectors = np.array([[0.9, 0.436]] * 6 + [[0.436, 0.9]] * 7, dtype=np.float32)
    embed = lambda strings: np.array([words[s] for s in strings], dtype=np.float32)  # noqa: E731
    shown = zero_shot(Space(vectors, embed), ["lawn", "sea"])
    found = shown.of(np.array([0, 12]))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.argmax(axis=1).tolist() == [0, 1]
    paths = [f"{i}.jpg" for i in range(13)]
    titles = [title for title, _ in describe_pictures(paths, thumbnails(), LABELS, shown)]
    assert [title.split(" ")[0] for title in titles] == ["Lawn", "Sea"]


def test_what_is_shown_is_told_in_general_where_classes_are_many():
    names = ("gown", "hoop skirt", "trench coat", "tabby cat", "Persian cat")
    worn, furry = np.array([0.3, 0.2, 0.4, 0.05, 0.05]), np.array([0.0, 0.0, 0.0, 0.5, 0.5])
    shown = Shown(names, lambda rows: np.array([worn if r < 6 else furry for r in rows]))
    paths = [f"{i}.jpg" for i in range(13)]
    (one, keywords), (other, _) = describe_pictures(paths, thumbnails(), LABELS, shown)
    assert one == "Clothing"
    assert "gown" in keywords
    assert other == "Cat"


def test_a_forest_that_is_a_bit_like_many_dogs_is_no_dog():
    dogs = ("Briard", "Komondor", "collie", "beagle", "boxer", "pug")
    names = (*dogs, "lakeshore", "tabby cat")
    forest = np.array([0.04] * 6 + [0.3, 0.0])
    furry = np.array([0.0] * 7 + [1.0])
    shown = Shown(names, lambda rows: np.array([forest if r < 6 else furry for r in rows]))
    paths = [f"{i}.jpg" for i in range(13)]
    (one, _), (other, _) = describe_pictures(paths, thumbnails(), LABELS, shown)
    assert "og" not in one
    assert other == "Cat"


def test_a_model_that_is_not_sure_names_nothing():
    shown = Shown(("gown", "tabby cat"), lambda rows: np.full((len(rows), 2), 0.5))
    paths = [f"{i}.jpg" for i in range(13)]
    titles = [title for title, _ in describe_pictures(paths, thumbnails(), LABELS, shown)]
    assert titles == ["Green pictures", "Blue pictures"]


def test_no_clusters_are_no_trouble():
    nothing = np.full(13, -1, dtype=np.int32)
    assert describe_pictures(["1.jpg"] * 13, thumbnails(), nothing) == []


def test_pictures_of_no_telling_colour_are_mixed_and_numbered():
    grey = saved(tinted("green", 0), "JPEG")
    each = np.arange(3, dtype=np.int32)
    titles = [title for title, _ in describe_pictures(["1", "2", "3"], [grey] * 3, each)]
    assert titles == ["Mixed pictures", "Mixed pictures 2", "Mixed pictures 3"]
