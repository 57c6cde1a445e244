"""Each command imports what it uses: most runs are small, and then imports are most of the time."""

import random
import subprocess
import sys

import pytest

HEAVY = {
    *("sklearn", "scipy.stats", "scipy.optimize", "scipy.ndimage", "pandas", "polars", "narwhals"),
    *("onnxruntime", "tokenizers", "py3langid", "jinja2", "matplotlib", "plotly", "PIL"),
    *("asyncio", "starlette", "sqlite3", "multiprocessing"),
}
TOPICS = ("apple pear plum fruit pie jam", "car road wheel engine brake", "sea ship wave sail fish")
NAMES = f"print(repr(sorted({HEAVY!r} & set(sys.modules))), file=sys.stderr)"
CODE = (
    f"import sys, atexit\natexit.register(lambda: {NAMES})\nfrom shoal.cli.app import main\nmain()"
)
WRITES_A_REPORT = {"jinja2"}
TITLES = {"py3langid"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Give a command, and get which of the heavy modules it had loaded at its end."""
    folder = tmp_path_factory.mktemp("loaded")
    draw = random.Random(0)
    rows = [
        f"{' '.join(draw.choices(words.split(), k=5))},{'abc'[topic]},{draw.random():.3f}"
        for topic, words in enumerate(TOPICS)
        for _ in range(30)
    ]
    (folder / "rows.csv").write_text("\n".join(["text,place,score", *rows]) + "\n")

    def call(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", CODE, *arguments],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return set(eval(done.stderr.splitlines()[-1]))

    call.first = call("cluster", "rows.csv", "--text", "text", "-o", "run", "--embedder", "hashing")
    return call


def test_a_run_of_texts_loads_no_scikit_learn(loaded):
    assert loaded.first <= WRITES_A_REPORT | TITLES


COMMANDS = {
    "the same again": (
        ["cluster", "rows.csv", "--text", "text", "-o", "run", "--embedder", "hashing"],
        set(),
    ),
    "another level": (["cluster", "run", "--detail", "coarse"], WRITES_A_REPORT | TITLES),
    "predict": (
        ["predict", "run", "rows.csv", "--text", "text", "-o", "new.csv", "--force"],
        set(),
    ),
    "evaluate": (["evaluate", "run"], set()),
    "report": (["report", "run"], WRITES_A_REPORT),
    "anomalies": (["anomalies", "run"], set()),
    "duplicates": (["duplicates", "run"], set()),
    "doctor": (["doctor", "run"], set()),
    "edits": (["edits", "run"], set()),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_only_what_it_uses(loaded, name):
    arguments, allowed = COMMANDS[name]
    assert loaded(*arguments) <= allowed
