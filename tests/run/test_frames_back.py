"""A frame comes back as the kind of frame that came in, with every value as it came."""

from __future__ import annotations

import pyarrow as pa
import pytest

import shoal

HASHING = {"embed.part": "hashing"}
OURS = ["cluster", "title", "strength", "outlier_score", "duplicate_of", "note", "x", "y"]


@pytest.fixture(scope="module")
def pandas_run(texts):
    pd = pytest.importorskip("pandas")
    n = len(texts)
    frame = pd.DataFrame(
        {
            "review": texts,
            "band": pd.cut(pd.Series(range(n)), 4),
            "month": pd.period_range("2020-01", periods=n, freq="M"),
            "rare": pd.arrays.SparseArray([0] * (n - 1) + [7]),
            "key": pd.array([None, *range(2**60, 2**60 + n - 1)], dtype="Int64"),
            "wave": [1j] * n,
        },
        index=pd.Index([f"r{i}" for i in range(n)], name="mine"),
    )
    frame["band"] = pd.cut(range(n), 4)
    return frame, shoal.cluster(frame, text="review", settings=HASHING)


def test_pandas_comes_back_with_its_index_and_its_types(pandas_run):
    frame, run = pandas_run
    back = run.to_frame()
    assert back[list(frame.columns)].equals(frame)
    assert list(back.columns) == [*frame.columns, *OURS]
    assert back.index.equals(frame.index)
    assert back["cluster"].tolist() == run.labels.tolist()
    assert run.to_frame(layers=True).shape[1] > back.shape[1]


def test_the_frame_is_the_one_that_was_clustered(texts):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"text": texts, "stars": 1})
    run = shoal.cluster(frame, text="text", settings=HASHING)
    frame["stars"] = 5
    assert set(run.to_frame()["stars"]) == {1}


def test_a_loaded_run_gives_the_same_kind_of_frame(pandas_run):
    frame, run = pandas_run
    back = shoal.load(run.path).to_frame()
    assert list(back.columns) == [*frame.columns, *OURS]
    for name in ("review", "month", "rare", "key"):
        assert back[name].tolist() == frame[name].tolist(), name
        assert back[name].dtype == frame[name].dtype
    assert back["band"].cat.categories.tolist() == [str(b) for b in frame["band"].cat.categories]


def test_polars_and_arrow_come_back_as_what_they_are(texts):
    polars = pytest.importorskip("polars")
    table = pa.table({"text": texts, "title": ["mine"] * len(texts), "n": range(len(texts))})
    for given in (table, polars.from_arrow(table)):
        run = shoal.cluster(given, text="text", settings=HASHING)
        for back in (run.to_frame(), shoal.load(run.path).to_frame()):
            assert type(back) is type(given)
            same = pa.table(back).select(["text", "title", "n"])
            assert same.to_pylist() == table.to_pylist()
            assert pa.table(back).column_names[3:6] == ["cluster", "shoal_title", "strength"]


def test_a_repeated_row_names_the_id_of_the_first_as_it_was_given(texts):
    pd = pytest.importorskip("pandas")
    ids = [2**53 + 1 + 2 * i for i in range(len(texts))]
    frame = pd.DataFrame({"post": pd.array(ids, dtype="Int64"), "text": texts})
    frame.loc[5, "text"] = frame["text"][6]
    back = shoal.cluster(frame, text="text", id="post", settings=HASHING).to_frame()
    assert back["duplicate_of"].dtype == "Int64"
    assert {ids[5], ids[6]} & set(back["duplicate_of"].dropna().astype("int64"))


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1}, {"b": [2]}],
        [{1, 2}, {3}],
        [b"\x00\xff", b"\x01"],
        [1 + 2j, 3j],
        [object, int],
        [[[1.0]], [[2.0]]],
    ],
)
def test_a_column_that_is_only_carried_never_stops_a_run(texts, values):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"text": texts})
    frame["odd"] = pd.Series(values * (len(texts) // 2), dtype=object)
    back = shoal.cluster(frame, text="text", settings=HASHING).to_frame()
    assert back["odd"].tolist() == frame["odd"].tolist()


def test_names_that_are_no_texts_or_repeat_come_back(texts):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([[text, 1, 2] for text in texts], columns=["text", 0, 0])
    back = shoal.cluster(frame, text="text", settings=HASHING).to_frame()
    assert list(back.columns)[:3] == ["text", 0, 0]
    assert back["cluster"].notna().all()
