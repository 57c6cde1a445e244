import numpy as np
import pytest

from shoal.parts.describers import DESCRIBERS

TWO = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)
SCRIPTS = {
    "English": (
        ["train a model", "train the model again", "the model learns"],
        ["sunny weather", "bad weather today", "the weather is cold"],
        ("model", "weather"),
    ),
    "Chinese": (
        ["机器学习模型的训练需要大量数据", "我们用机器学习预测销售额", "机器学习课程很有意思"],
        ["今天的天气很好适合散步", "天气预报说明天下雨", "夏天的天气非常炎热"],
        ("机器学习", "天气"),
    ),
    "Arabic": (
        ["كرة القدم لعبة جميلة", "فاز فريق كرة القدم اليوم", "مباراة كرة القدم غدا"],
        ["الطقس حار اليوم", "الطقس بارد في الشتاء", "حالة الطقس غدا"],
        ("كرة القدم", "الطقس"),
    ),
    "Hindi": (
        ["हिन्दी भाषा सीखना आसान है", "हिन्दी भाषा की किताब", "हिन्दी भाषा का इतिहास"],
        ["क्रिकेट मैच आज है", "भारत ने क्रिकेट मैच जीता", "क्रिकेट मैच रद्द"],
        ("हिन्दी भाषा", "क्रिकेट मैच"),
    ),
}


@pytest.fixture(params=sorted(n for n, p in DESCRIBERS.parts.items() if p.argument is None))
def part(request):
    return DESCRIBERS.build(request.param, {}, seed=0)


def check(described, n_clusters):
    assert len(described) == n_clusters
    titles = [name.title for name in described]
    assert all(isinstance(title, str) and title.strip() for title in titles)
    assert len({title.lower() for title in titles}) == n_clusters
    assert all(
        isinstance(word, str) and word.strip() for name in described for word in name.keywords
    )


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_titles_name_what_the_texts_share_in_any_script(part, script):
    first, second, (one, other) = SCRIPTS[script]
    described = part.describe(first + second, TWO)
    check(described, 2)
    assert one in described[0][0].lower()
    assert other in described[1][0].lower()


@pytest.mark.parametrize(
    "texts",
    [
        ["\U0001f600 \U0001f600", "\U0001f600", "\U0001f600!", "123", "123 456", "$$$"],
        ["?", "?", "?", "!", "!", "!"],
        ["the", "of the", "to be", "or not", "a", "I"],
        ["same"] * 6,
        ["", "", "", " ", "\n", "\t"],
        ["\u200b\u200b", "x", "x", "\u0301", "y", "y"],
    ],
    ids=["signs", "marks", "stop words", "equal", "blank", "invisible"],
)
def test_texts_without_telling_words_still_get_a_title_each(part, texts):
    check(part.describe(texts, TWO), 2)


def test_noise_has_no_title_and_all_noise_none(part):
    texts = ["apple pie", "apple tart", "zebra", "bank loan", "bank credit", "zebra crossing"]
    labels = np.array([0, 0, -1, 1, 1, -1], dtype=np.int32)
    described = part.describe(texts, labels)
    check(described, 2)
    assert "zebra" not in str(described)
    assert part.describe(texts, np.full(6, -1, dtype=np.int32)) == []


def test_many_clusters_that_say_the_same_have_different_titles(part):
    labels = np.repeat(np.arange(30), 2).astype(np.int32)
    check(part.describe(["the same few words"] * 60, labels), 30)


def test_huge_texts_and_long_words_are_no_trouble(part):
    texts = ["word " * 50_000, "x" * 100_000, "apple"] * 2
    described = part.describe(texts, TWO)
    check(described, 2)


def test_two_calls_say_the_same(part):
    first, second, _ = SCRIPTS["English"]
    assert part.describe(first + second, TWO) == part.describe(first + second, TWO)
