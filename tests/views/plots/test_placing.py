import math
import random

import pytest

from shoal.views.plots.placing import LETTER, LINE, place


def boxes(found, texts, size):
    for one in found:
        width, height = len(texts[one.index]) * LETTER * size, LINE * size
        yield one.x - width / 2, one.y - height / 2, one.x + width / 2, one.y + height / 2


def test_no_title_lies_on_another_or_leaves_the_map():
    draw = random.Random(0)
    anchors = [(draw.uniform(0, 600), draw.uniform(0, 400)) for _ in range(60)]
    texts = [f"a title {'long ' * (i % 4)}{i}" for i in range(60)]
    found = place(texts, anchors, (600, 400), 8)
    placed = list(boxes(found, texts, 8))
    assert len(placed) > 25
    for i, (left, low, right, high) in enumerate(placed):
        assert left >= 0 and low >= 0 and right <= 600 and high <= 400  # noqa: PT018
        for other in placed[:i]:
            apart = right <= other[0] or left >= other[2] or high <= other[1] or low >= other[3]
            assert apart


def test_the_first_titles_come_first():
    found = place(["first", "second"], [(50, 50), (50, 50)], (100, 60), 10)
    assert next(one.index for one in found) == 0
    assert (found[0].x, found[0].y) == (50, 50)
    assert (found[1].x, found[1].y) != (50, 50)


@pytest.mark.parametrize("anchor", [(math.nan, 3.0), (3.0, math.nan)])
def test_a_cluster_that_is_nowhere_has_no_title(anchor):
    assert place(["lost"], [anchor], (100, 100), 8) == []


def test_a_title_wider_than_the_map_is_left_out():
    assert place(["x" * 80], [(50, 50)], (100, 100), 8) == []
