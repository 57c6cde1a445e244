"""Vectors that were made before, with texts and without."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.cli.app import main
from shoal.errors import BadInput, UnknownPart

N, N_DIMS, N_GROUPS = 120, 12, 4


def vectors_and_truth():
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(N_GROUPS, N_DIMS))
    truth = np.arange(N) % N_GROUPS
    return (centre[truth] + rng.normal(0, 0.1, (N, N_DIMS))).astype(np.float32), truth


VECTORS, TRUTH = vectors_and_truth()
TEXTS = [f"{['apple', 'car', 'moon', 'bank'][c]} number {i}" for i, c in enumerate(TRUTH)]


def agrees(labels):
    return len({(int(a), int(b)) for a, b in zip(labels, TRUTH, strict=True) if a >= 0}) == 4


def lists(vectors, kind=None):
    return pa.array([row.tolist() for row in vectors], kind or pa.list_(pa.float32()))


def saved_npy(path):
    np.save(path, VECTORS)
    return path


def test_a_file_of_vectors_alone_becomes_clusters_named_by_their_typical_rows(tmp_path):
    run = shoal.cluster(saved_npy(tmp_path / "v.npy"), k=4, out=tmp_path / "run")
    assert agrees(run.labels)
    for entry in run.clusters:
        ids = [example["id"] for example in entry["typical"]]
        assert entry["title"] == "like " + ", ".join(ids[:3])
        assert entry["written_by"] == "ids"
        assert all(example["text"] == example["id"] for example in entry["typical"])
    assert "text" not in pq.read_schema(tmp_path / "run/items.parquet").names
    assert (tmp_path / "run/report.html").stat().st_size > 1000
    assert run.predict(tmp_path / "v.npy").tolist() == run.labels.tolist()
    moved = VECTORS + np.random.default_rng(1).normal(0, 0.05, VECTORS.shape).astype(np.float32)
    assert agrees(run.predict(moved))
    assert run.info["model"]["name"] == "your vectors"


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), N_DIMS),
                                  pa.large_list(pa.float32())])  # fmt: skip
def test_a_column_of_vectors_beside_texts_gives_titles_of_words(tmp_path, kind):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": TEXTS, "emb": lists(VECTORS, kind)}), path)
    run = shoal.cluster(path, vectors="emb", k=4)
    assert agrees(run.labels)
    titles = " ".join(entry["title"] for entry in run.clusters).lower()
    assert all(word in titles for word in ("apple", "car", "moon", "bank"))
    assert "emb" not in run.to_arrow().column_names
    assert run.predict(path).tolist() == run.labels.tolist()


@pytest.mark.parametrize("ending", ["npy", "parquet", "safetensors"])
def test_a_file_of_vectors_beside_a_table(tmp_path, ending):
    path = tmp_path / f"v.{ending}"
    if ending == "npy":
        np.save(path, VECTORS.astype(np.float64))
    elif ending == "parquet":
        pq.write_table(pa.table({"any name": lists(VECTORS)}), path)
    else:
        pytest.importorskip("safetensors.numpy").save_file({"v": VECTORS}, path)
    run = shoal.cluster(TEXTS, vectors=path, k=4)
    assert agrees(run.labels)
    assert run.predict(TEXTS, vectors=path).tolist() == run.labels.tolist()


def test_arrays_in_memory_need_no_file():
    assert agrees(shoal.cluster(TEXTS, vectors=VECTORS, k=4).labels)
    assert agrees(shoal.cluster(VECTORS.astype(np.float64) * 1e200, k=4).labels)


def test_rows_without_a_usable_vector_are_kept_and_told(tmp_path):
    broken = VECTORS.copy()
    broken[3], broken[5, 0], broken[7, 1], broken[9] = 0, np.nan, np.inf, broken[8]
    run = shoal.cluster(TEXTS, vectors=broken, k=4)
    assert [int(run.labels[row]) for row in (3, 5, 7)] == [-1, -1, -1]
    assert run.info["excluded"] == {
        "vector of zeros": 1,
        "vector with numbers that are not finite": 2,
    }
    assert run.info["counts"]["distinct"] == N - 4
    column = lists(VECTORS).to_pylist()
    column[4] = None
    pq.write_table(pa.table({"v": pa.array(column)}), tmp_path / "t.parquet")
    run = shoal.cluster(tmp_path / "t.parquet", vectors="v", k=4)
    assert run.info["excluded"] == {"missing vector": 1}


def test_the_command_takes_them_too(tmp_path):
    path, out = saved_npy(tmp_path / "v.npy"), tmp_path / "run"
    main(["cluster", str(path), "-k", "4", "-o", str(out)])
    main(["predict", str(out), str(path), "-o", str(tmp_path / "p.jsonl")])
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [row["cluster"] for row in rows] == shoal.load(out).labels.tolist()
    # the same vectors in the same folder are the same run; others are not
    np.save(path, VECTORS[::-1])
    with pytest.raises(SystemExit):
        main(["cluster", str(path), "-k", "4", "-o", str(out)])


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (VECTORS[:-1], "119 vectors for 120 rows"),
        (np.zeros((N, 3)), "none of the 120 rows has a vector"),
        (np.zeros((N, 0)), "has no vectors"),
        (np.zeros(N), "one row per item"),
        (np.full((N, 2), "a"), "one row per item"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(vectors, message):
    with pytest.raises(BadInput, match=message):
        shoal.cluster(TEXTS, vectors=vectors)


def test_columns_and_files_that_are_no_vectors_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    ragged = pa.array([[1.0, 2.0], [1.0]] * 20)
    pq.write_table(pa.table({"text": TEXTS[:40], "r": ragged, "n": range(40)}), path)
    for name, message in (("r", "the same length"), ("n", "holds no vectors")):
        with pytest.raises(BadInput, match=message):
            shoal.cluster(path, vectors=name)
    with pytest.raises(UnknownPart, match="--vectors"):
        shoal.cluster(path, vectors="nothing.npy")
    (tmp_path / "v.npy").write_bytes(b"\x93NUMPY junk")
    with pytest.raises(BadInput, match="not a readable vector file"):
        shoal.cluster(tmp_path / "v.npy")
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="not a readable vector file"):
        shoal.cluster(tmp_path / "o.npy")


def test_vectors_and_a_model_exclude_each_other():
    with pytest.raises(BadInput, match="does not apply here"):
        shoal.cluster(TEXTS, vectors=VECTORS, embedder="hashing")


def test_predict_wants_what_the_run_was_made_of():
    run = shoal.cluster(TEXTS, vectors=VECTORS, k=4)
    with pytest.raises(BadInput, match="made from vectors"):
        run.predict(TEXTS)
    with pytest.raises(BadInput, match="dimensions"):
        run.predict(VECTORS[:, :5])
    of_texts = shoal.cluster(TEXTS, embedder="hashing")
    with pytest.raises(BadInput, match="made from texts"):
        of_texts.predict(TEXTS, vectors=VECTORS)


def test_an_npz_gives_its_one_matrix_and_is_asked_for_where_it_has_two(tmp_path):
    np.savez(tmp_path / "one.npz", vectors=VECTORS, ids=np.arange(N))
    assert agrees(shoal.cluster(tmp_path / "one.npz", k=4).labels)
    np.savez(tmp_path / "two.npz", a=VECTORS, b=VECTORS)
    with pytest.raises(BadInput, match="exactly one array of vectors, got a, b"):
        shoal.cluster(tmp_path / "two.npz")
    (tmp_path / "bad.npz").write_bytes((tmp_path / "one.npz").read_bytes()[:200])
    with pytest.raises(BadInput, match="not a readable vector file"):
        shoal.cluster(tmp_path / "bad.npz")
