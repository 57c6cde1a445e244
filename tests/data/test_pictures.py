import numpy as np
import pytest

from shoal.data.pictures import ENDINGS, Unreadable, decode, is_image_head, read_picture
from tests.making_pictures import Image, damaged, saved, smooth


def mean(image):
    return np.asarray(image, dtype=float).reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
def test_every_kind_of_file_shows_the_same_picture(kind):
    data = saved(smooth(), kind)
    found = decode(data, 36)
    assert found.mode == "RGB"
    assert found.size == (48, 36)
    np.testing.assert_allclose(mean(found), mean(smooth()), atol=4)
    assert is_image_head(data[:16])


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_are_turned_as_the_camera_was_held(turn):
    image = Image.new("RGB", (40, 20), "white")
    image.paste((200, 0, 0), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = turn
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]
    held = image if back is None else image.transpose(Image.Transpose(back))
    found = decode(saved(held, "JPEG", exif=exif, quality=95), 20)
    assert found.size == (40, 20)
    assert np.asarray(found)[3, 3, 1] < 80
    assert np.asarray(found)[15, 30, 1] > 200


def test_damaged_exif_does_not_cost_the_picture():
    image = smooth()
    data = saved(image, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + bytes(20))
    assert decode(data, 36).size == (48, 36)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_clear_is_white(mode):
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0)).convert(mode)
    assert (np.asarray(decode(saved(image), 8)) == 255).all()


def test_a_palette_with_a_clear_colour_lies_on_white():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    assert (np.asarray(decode(saved(image, transparency=1), 8)) == 255).all()
    assert (np.asarray(decode(saved(image), 8)) == (10, 20, 30)).all()


@pytest.mark.parametrize(
    ("image", "value"),
    [
        (Image.fromarray(np.full((8, 8), 32768, dtype=np.uint16)), 128),
        (Image.fromarray(np.full((8, 8), 500, dtype=np.uint16)), 250),
        (Image.new("L", (8, 8), 77), 77),
        (Image.new("1", (8, 8), 1), 255),
    ],
)
def test_grey_of_any_depth_is_grey(image, value):
    np.testing.assert_allclose(np.asarray(decode(saved(image), 8)), value, atol=1)


def test_fractions_of_one_are_scaled():
    image = Image.fromarray(np.full((8, 8), 0.5, dtype=np.float32))
    np.testing.assert_allclose(np.asarray(decode(saved(image, "TIFF"), 8)), 128, atol=1)


def test_cmyk_becomes_red_green_and_blue():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    found = mean(decode(saved(image, "JPEG", quality=95), 16))
    assert found[0] > 200
    assert (found[1:] < 60).all()


def test_the_first_frame_of_an_animation_is_taken():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert mean(decode(data, 8))[0] > 200


def test_a_large_jpeg_is_decoded_no_larger_than_it_needs_to_be():
    found = decode(saved(smooth(0, (1600, 1200)), "JPEG"), 128)
    assert 128 <= min(found.size) < 400


@pytest.mark.parametrize("name", damaged())
def test_what_is_no_picture_says_why(name):
    data, why = damaged()[name]
    with pytest.raises(Unreadable, match=why):
        read_picture(data)


def test_files_that_are_not_there_say_so(tmp_path):
    with pytest.raises(Unreadable, match="no such file"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(Unreadable, match="not a file"):
        read_picture(tmp_path)


def test_equal_bytes_are_one_content_and_the_thumbnail_is_small():
    one, same, other = (read_picture(saved(smooth(seed, (400, 300)))) for seed in (0, 0, 1))
    assert bytes(one) == bytes(same) != bytes(other)
    assert len(bytes(one)) == 16
    assert max(decode(one.thumbnail, 1).size) <= 128
    assert one.thumbnail.startswith(b"\xff\xd8")


def test_texts_do_not_begin_like_pictures():
    assert not is_image_head(b"BM is short for British Museum")
    assert not is_image_head(b"")
    assert all(ending.startswith(".") for ending in ENDINGS)
