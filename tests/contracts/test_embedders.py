import io

import numpy as np
import pytest

from shoal.data.pictures import read_picture
from shoal.errors import MissingExtra
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.base import CallableEmbedder

# those with an argument are tested on a model that their own tests make
OWN = sorted(name for name, part in EMBEDDERS.parts.items() if not part.argument)
TEXTS = [
    "the cat sat on the mat",
    "a dog barks at night",
    "",
    "\u6a5f\u68b0\u5b78\u7fd2",
    "the cat sat on the mat",
    "!!!",
    "one",
    "prices of shares fell again today after a week of gains " * 3,
    "\U0001f600",
]


@pytest.fixture(scope="module", params=[*OWN, "callable"])
def part(request):
    if request.param == "callable":
        return CallableEmbedder(
            lambda texts: [[len(text), text.count("a"), 1.0] for text in texts], batch_rows=4
        )
    try:
        made = EMBEDDERS.build(request.param, {}, seed=0)
        if hasattr(made, "lessons"):
            lessons = made.lessons(TEXTS * 3)
            teacher = EMBEDDERS.build("hashing", {})
            made.fit(lessons, teacher.transform(lessons), teacher)
        return made
    except MissingExtra as absent:
        pytest.skip(str(absent))


def picture(seed, size=(40, 30)):
    """A picture of smooth colours, the same for the same seed."""
    image = pytest.importorskip("PIL.Image")
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    data = io.BytesIO()
    image.fromarray(small).resize(size).save(data, "PNG")
    return read_picture(data.getvalue())


@pytest.fixture(scope="module")
def contents(part):
    """Nine contents of the kind that the part takes; the first and the fifth are equal."""
    if "text" in getattr(part, "modalities", ("text",)):
        return TEXTS
    return [picture(seed, (40 + seed, 30)) for seed in (0, 1, 2, 3, 0, 4, 5, 6, 7)]


def test_it_tells_which_model_it_is(part):
    assert part.info.name
    assert part.info.revision
    assert part.info.licence
    assert isinstance(part.parallel, bool)


def test_vectors_are_finite_and_of_one_length(part, contents):
    vectors = part.transform(contents)
    assert vectors.shape[0] == len(contents)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert vectors.any(axis=1).all()


def test_rows_do_not_depend_on_the_other_rows_or_their_order(part, contents):
    vectors = part.transform(contents)
    order = np.random.default_rng(0).permutation(len(contents))
    shuffled = part.transform([contents[i] for i in order])
    np.testing.assert_allclose(shuffled, vectors[order], atol=1e-5)
    alone = np.vstack([part.transform([one]) for one in contents])
    np.testing.assert_allclose(alone, vectors, atol=1e-5)


def test_equal_texts_have_equal_vectors_and_others_do_not(part, contents):
    vectors = part.transform(contents)
    np.testing.assert_array_equal(vectors[0], vectors[4])
    assert not np.array_equal(vectors[0], vectors[1])


def test_no_texts_are_no_trouble(part, contents):
    assert len(part.plan([]).batches) == 0
    if not isinstance(part, CallableEmbedder):  # a user's function may want at least one text
        assert part.transform([]).shape == (0, part.transform(contents[:1]).shape[1])


@pytest.mark.parametrize("n", [1, 7, 3000])
def test_the_plan_covers_every_position_once(part, n):
    plan = part.plan([f"text {i} " + "word " * (i % 23) for i in range(n)])
    positions = np.concatenate(plan.batches)
    assert np.sort(positions).tolist() == list(range(n))
    assert len(plan.costs) == len(plan.batches)
    assert (np.asarray(plan.costs) > 0).all()
    assert not plan.cut.any()


def test_the_plan_depends_on_the_texts_only(part, contents, monkeypatch):
    monkeypatch.setenv("SHOAL_THREADS", "1")
    one = part.plan(contents * 50)
    monkeypatch.setenv("SHOAL_THREADS", "4")
    other = part.plan(contents * 50)
    assert [b.tolist() for b in one.batches] == [b.tolist() for b in other.batches]


def test_a_very_long_text_has_a_vector(part):
    if "text" not in getattr(part, "modalities", ("text",)):
        pytest.skip("it takes no texts")
    long = "every word counts until the model stops reading " * 2000
    plan = part.plan([long, "short"])
    assert not plan.cut[1]
    assert np.isfinite(part.transform([long, "short"])).all()


def test_sent_to_another_process_it_gives_the_same_vectors(part, contents):
    cloudpickle = pytest.importorskip("ray.cloudpickle", reason="Ray is what sends it")
    again, sent = cloudpickle.loads(cloudpickle.dumps((part, contents)))
    assert again.info == part.info
    np.testing.assert_array_equal(again.transform(sent), part.transform(contents))
