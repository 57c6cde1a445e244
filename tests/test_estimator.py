"""EmbeddingClusterer keeps the contract of scikit-learn, and its own."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from shoal import EmbeddingClusterer
from shoal.errors import BadInput, TooFewItems, UnknownPart

THEMES = {
    "cooking": ("recipe", "oven", "butter", "flour", "bake", "dish"),
    "sport": ("goal", "match", "referee", "league", "striker", "score"),
    "money": ("bank", "loan", "interest", "account", "credit", "transfer"),
}


@parametrize_with_checks([EmbeddingClusterer(), EmbeddingClusterer(n_clusters=3)])
def test_the_checks_of_scikit_learn_pass(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def spoken():
    """Texts of three themes, and the theme of each."""
    rng = np.random.default_rng(0)
    texts, themes = [], []
    for theme, words in THEMES.items():
        for _ in range(40):
            texts.append(" ".join(rng.choice(words, 5)))
            themes.append(theme)
    texts += texts[:10]
    return texts, themes + themes[:10]


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(4, 16))
    labels = np.repeat(np.arange(4), 50)
    return centre[labels] + rng.normal(0, 0.15, (200, 16)), labels


@pytest.mark.parametrize("n_clusters", [None, 3])
def test_texts_are_clustered_by_a_named_embedder(spoken, n_clusters):
    texts, themes = spoken
    model = EmbeddingClusterer(n_clusters, embedder="hashing").fit(texts)
    assert model.labels_.shape == (130,)
    assert model.labels_.dtype == np.int32
    assert adjusted_rand_score(themes, model.labels_) > 0.8
    np.testing.assert_array_equal(model.labels_[:10], model.labels_[120:])
    assert model.reason_
    assert ((model.strengths_ >= 0) & (model.strengths_ <= 1)).all()


def test_rows_that_were_fitted_get_their_own_label_exactly(spoken, blobs):
    texts, _ = spoken
    for data in (texts, blobs[0]):
        model = EmbeddingClusterer(embedder="hashing").fit(data)
        np.testing.assert_array_equal(model.predict(data), model.labels_)
        np.testing.assert_array_equal(model.predict(data[7:9]), model.labels_[7:9])


def test_new_rows_get_the_cluster_of_the_rows_around_them(spoken, blobs):
    texts, themes = spoken
    model = EmbeddingClusterer(embedder="hashing", coverage="100").fit(texts)
    new = model.predict(["bake dish oven butter recipe", "goal league match team"])
    assert new.tolist() == [model.labels_[themes.index(name)] for name in ("cooking", "sport")]
    vectors, _ = blobs
    model = EmbeddingClusterer().fit(vectors)
    near = vectors + np.random.default_rng(1).normal(0, 0.01, vectors.shape)
    assert (model.predict(near) == model.labels_).mean() > 0.98


def test_a_new_row_unlike_all_others_has_no_cluster_even_where_every_row_was_given_one():
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(3, 40), 40, axis=0) + rng.normal(0, 0.03, (120, 40))
    stranger = np.zeros((1, 40))
    stranger[0, 39] = -1
    placed = EmbeddingClusterer(coverage="100").fit(vectors)
    assert placed.predict(stranger)[0] == -1
    assert (placed.labels_ >= 0).all()


def test_fit_predict_is_fit_and_its_labels(blobs):
    vectors, truth = blobs
    labels = EmbeddingClusterer().fit_predict(vectors)
    np.testing.assert_array_equal(labels, EmbeddingClusterer().fit(vectors).labels_)
    assert adjusted_rand_score(truth, labels) > 0.95


def test_only_the_directions_of_vectors_count_however_long_they_are(blobs):
    vectors, _ = blobs
    lengths = 10.0 ** np.random.default_rng(0).integers(-60, 60, (len(vectors), 1))
    np.testing.assert_array_equal(
        EmbeddingClusterer().fit(vectors).labels_,
        EmbeddingClusterer().fit(vectors * lengths).labels_,
    )


def test_a_pickle_predicts_as_the_model_it_was_made_from(spoken, blobs):
    for data in (spoken[0], blobs[0]):
        model = EmbeddingClusterer(embedder="hashing").fit(data)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(data), model.labels_)
        assert again.reason_ == model.reason_


def test_tables_of_pandas_are_taken(spoken, blobs):
    pandas = pytest.importorskip("pandas")
    texts, _ = spoken
    series = pandas.Series(texts, index=range(1000, 1000 + len(texts)))
    expected = EmbeddingClusterer(embedder="hashing").fit(texts).labels_
    model = EmbeddingClusterer(embedder="hashing").fit(series)
    np.testing.assert_array_equal(model.labels_, expected)
    np.testing.assert_array_equal(model.predict(series), expected)
    np.testing.assert_array_equal(
        EmbeddingClusterer(embedder="hashing").fit(np.array(texts)).labels_, expected
    )
    frame = pandas.DataFrame(blobs[0], columns=[f"d{i}" for i in range(16)])
    model = EmbeddingClusterer().fit(frame)
    np.testing.assert_array_equal(model.predict(frame), model.labels_)
    assert model.feature_names_in_.tolist() == frame.columns.tolist()


def test_it_is_a_step_of_a_pipeline(blobs):
    vectors, truth = blobs
    labels = make_pipeline(StandardScaler(), EmbeddingClusterer(4)).fit_predict(vectors)
    assert adjusted_rand_score(truth, labels) > 0.95


def test_another_seed_is_another_draw_and_the_same_seed_the_same(blobs):
    vectors, _ = blobs
    for seed in (3, None, np.random.RandomState(5)):
        model = EmbeddingClusterer(4, random_state=seed)
        np.testing.assert_array_equal(
            clone(model).fit(vectors).labels_, clone(model).fit(vectors).labels_
        )


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"detail": "finest"}, BadInput),
        ({"coverage": "50"}, BadInput),
        ({"embedder": "minilmm"}, UnknownPart),
        ({"n_clusters": 0}, BadInput),
        ({"n_clusters": 2.5}, BadInput),
        ({"n_clusters": 201}, TooFewItems),
        ({"n_neighbors": 0}, BadInput),
        ({"random_state": -1}, BadInput),
    ],
)
def test_a_wish_that_cannot_be_is_refused_at_fit(blobs, params, error):
    with pytest.raises(error):
        EmbeddingClusterer(**params).fit(blobs[0])


def test_texts_and_vectors_are_not_mixed_up(spoken, blobs):
    with pytest.raises(BadInput, match="fit got vectors, but predict got texts"):
        EmbeddingClusterer().fit(blobs[0]).predict(["a text"])
    with pytest.raises(BadInput, match="fit got texts, but predict got vectors"):
        EmbeddingClusterer(embedder="hashing").fit(spoken[0]).predict(blobs[0])


@pytest.mark.parametrize("n_dims", [1, 2, 384])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 10])
def test_a_handful_of_rows_is_enough(n, n_dims):
    vectors = np.random.default_rng(n).normal(size=(n, n_dims))
    model = EmbeddingClusterer().fit(vectors)
    np.testing.assert_array_equal(model.predict(vectors), model.labels_)
    assert model.labels_.min() >= -1
    assert sorted(set(model.labels_.tolist()) - {-1}) == list(range(model.labels_.max() + 1))
