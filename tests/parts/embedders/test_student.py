"""The student: learns from a sample, agrees with its teacher, keeps what it learned."""

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput
from shoal.numerics.clusters import unit
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.student import Student, _ridge

TOLD = {"embed.teacher": "hashing"}


@pytest.fixture(scope="module")
def teacher():
    return EMBEDDERS.build("hashing", {})


def fitted(texts, teacher, **params):
    student = Student(**params)
    lessons = student.lessons(texts)
    return student.fit(lessons, teacher.transform(lessons), teacher)


def test_it_says_of_unseen_texts_nearly_what_its_teacher_does(texts, teacher):
    student = fitted(texts[:150], teacher, n_dims=64)
    assert student.agreement > 0.7, "about the mean of the vectors, which all texts share"
    said, wanted = unit(student.transform(texts[150:])), unit(teacher.transform(texts[150:]))
    same = np.corrcoef((said @ said.T).ravel(), (wanted @ wanted.T).ravel())[0, 1]
    assert same > 0.8


def test_the_agreement_is_of_texts_that_were_held_back(texts, teacher):
    rng = np.random.default_rng(0)
    noise = [" ".join(map(str, rng.integers(0, 10**9, 5))) for _ in range(100)]
    student = Student(n_dims=32)
    lessons = student.lessons(noise)
    vectors = rng.normal(size=(len(lessons), 64)).astype(np.float32)
    student.fit(lessons, vectors, teacher)
    assert abs(student.agreement) < 0.4, "noise cannot be learned"


def test_the_same_data_gives_the_same_bits(texts, teacher, monkeypatch):
    one = fitted(texts, teacher)
    monkeypatch.setenv("SHOAL_THREADS", "1")
    other = fitted(texts, teacher)
    assert one.transform(texts).tobytes() == other.transform(texts).tobytes()
    assert one.info.revision == other.info.revision
    assert one.info.revision != fitted(texts, teacher, seed=1, sample_rows=100).info.revision


def test_what_it_learned_comes_back(texts, teacher):
    one = fitted([*texts, "odd \ud800 half"], teacher)
    other = Student().restore(one.arrays())
    assert one.transform(texts).tobytes() == other.transform(texts).tobytes()
    assert (one.info, one.agreement) == (other.info, other.agreement)


def test_it_cannot_be_used_before_it_learned():
    with pytest.raises(BadInput, match="not fitted"):
        Student().transform(["a"])


@pytest.mark.parametrize("params", [{"sample_rows": 3}, {"n_words": 0}, {"n_dims": 1}])
def test_numbers_without_sense_are_refused(params):
    with pytest.raises(BadInput, match="at least"):
        Student(**params)


@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_few_texts_are_no_trouble(texts, teacher, n):
    student = fitted(texts[:n], teacher)
    assert np.isfinite(student.transform([*texts[:n], "", "unseen"])).all()


def test_conjugate_gradients_find_the_least_squares():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 8)).astype(np.float32)
    wanted = rng.normal(size=(60, 3)).astype(np.float32)
    from scipy import sparse

    exact = np.linalg.solve(features.T @ features + 2 * np.eye(8), features.T @ wanted)
    np.testing.assert_allclose(_ridge(sparse.csr_matrix(features), wanted, 2.0), exact, atol=1e-4)


def test_a_run_with_a_student_says_its_agreement_and_predicts(texts, themes, tmp_path):
    run = shoal.cluster(
        texts, embedder="student", settings={**TOLD, "embed.n_dims": 32}, out=tmp_path / "run"
    )
    assert run.info["model"]["agreement"] > 0.7
    assert "agreement 0." in run.info["model"]["name"]
    assert run.predict(texts).tolist() == run.labels.tolist()
    assert run.predict([texts[0] + " again"])[0] == run.labels[0]
    again = shoal.load(run.save(tmp_path / "copy"))
    assert again.predict([texts[5] + " again"])[0] == run.predict([texts[5] + " again"])[0]
