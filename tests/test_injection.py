"""Nothing in the data is taken for code: not by a page, a spreadsheet, a terminal or a template."""

import csv
import html
import json
import re
import shutil
import subprocess
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import shoal
from shoal.artifacts.folder import RunFolder
from shoal.cli.app import shoal as command
from shoal.views.plots import KINDS
from shoal.writing import as_it_was, write_table
from tests.hostile import DO, EVERY, FORMULA, HTML, MARK

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --dump-dom "
    "--virtual-time-budget=5000"
).split()
DANGER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def opened(page: str) -> str:
    """The page's elements after its scripts ran and every picture on it was drawn."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", page],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    return done.stdout


def was_run(dom: str) -> bool:
    return re.search(rf"<html[^>]*{MARK}", dom) is not None


@pytest.fixture(scope="module")
def run(tmp_path_factory, request):
    """A run in which texts, ids, columns, file names, titles and keywords are all hostile."""
    pd = pytest.importorskip("pandas")
    texts = [
        f"{bad} {text}"
        for bad, text in zip(EVERY * 2, request.getfixturevalue("texts"), strict=False)
    ]
    texts += request.getfixturevalue("texts")[len(texts) :]
    texts += [texts[0] + "!", *FORMULA]
    frame = pd.DataFrame(
        {
            "text": texts,
            "id": [f"{EVERY[i % len(EVERY)]}{i}" for i in range(len(texts))],
            HTML[3]: [EVERY[i % len(EVERY)] for i in range(len(texts))],
            FORMULA[0]: range(len(texts)),
            "day": pd.date_range("2026-01-01", periods=len(texts), freq="D"),
        }
    )
    folder = tmp_path_factory.mktemp("hostile") / "<img src=x onerror=alert(1)> =1+1 \u202egnp"
    made = shoal.cluster(frame, text="text", id="id", out=folder)
    told = json.loads((folder / "clusters.json").read_text(encoding="utf-8"))
    for place, entry in enumerate(told["clusters"]):
        entry["title"] = f"{HTML[place % len(HTML)]} {place}"
        entry["keywords"] = list(EVERY)
    (folder / "clusters.json").write_text(json.dumps(told), encoding="utf-8")
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    info["title"], info["notes"] = HTML[0], list(EVERY)
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    RunFolder(folder).note("clusters.json")
    return shoal.load(made.path)


@needs_chromium
def test_the_browser_would_have_told(tmp_path):
    page = tmp_path / "naive.html"
    page.write_text(f"<html><body>{''.join(HTML[:8])}</body></html>", encoding="utf-8")
    assert was_run(opened(page.as_uri()))


@needs_chromium
def test_the_report_runs_nothing_of_the_data(run, tmp_path):
    dom = opened(run.report(tmp_path / "report.html").as_uri())
    assert not was_run(dom)
    assert re.search(r'<html[^>]*class="[^"]*js', dom), "its own script did not run"
    assert "<img" not in dom
    assert "<iframe" not in dom


PLOTS = sorted(set(KINDS.parts) - {"segments"})
TOGETHER = """<!doctype html><html><body>{frames}<script>
addEventListener("load", () => setTimeout(() => {{
  for (const frame of document.querySelectorAll("iframe")) {{
    const dom = document.createElement("pre")
    dom.id = frame.name
    dom.textContent = frame.contentDocument.documentElement.outerHTML
    document.body.append(dom)
  }}
}}, 2000))
</script></body></html>"""


@pytest.fixture(scope="module")
def pictures(run, tmp_path_factory):
    """The elements of each plot after its scripts ran, all of them in one browser."""
    pytest.importorskip("plotly")
    folder = tmp_path_factory.mktemp("pictures")
    options = {"flow": {"other": run}, "time": {"column": "day"}}
    for kind in PLOTS:
        run.plot(kind, **options.get(kind, {})).save(folder / f"{kind}.html")
    frames = "".join(f'<iframe name="{k}" src="{k}.html"></iframe>' for k in PLOTS)
    (folder / "all.html").write_text(TOGETHER.format(frames=frames), encoding="utf-8")
    # over HTTP they are of one origin, so that the page can look into its frames
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            dom = opened(f"http://127.0.0.1:{server.server_port}/all.html")
        finally:
            server.shutdown()
            thread.join()
    found = re.findall(r'<pre id="(\w+)">(.*?)</pre>', dom, re.S)
    return {kind: html.unescape(inner) for kind, inner in found}


@needs_chromium
@pytest.mark.parametrize("kind", PLOTS)
def test_pictures_run_nothing_of_the_data(pictures, kind):
    dom = pictures[kind]
    assert not was_run(dom)
    assert "main-svg" in dom, "the picture was not drawn"
    assert f'href="javascript:{DO}' not in dom


@needs_chromium
def test_the_page_of_a_comparison_runs_nothing_of_the_data(run, tmp_path):
    dom = opened(run.compare(run).save(tmp_path / "flow.html").as_uri())
    assert not was_run(dom)


def test_no_template_is_evaluated(run, tmp_path):
    page = run.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "{{ 7 * 7 }}" in page
    assert "__globals__" in page


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_still_pictures_take_hostile_titles(run, ending, tmp_path):
    pytest.importorskip("matplotlib")
    for kind in ("map", "sizes", "keywords", "layers"):
        path = run.plot(kind).save(tmp_path / f"{kind}.{ending}")
        assert path.stat().st_size > 1000
        if ending == "svg":
            for element in ElementTree.parse(path).iter():
                assert not element.tag.endswith(("script", "foreignObject"))
                assert not any(name.lower().startswith("on") for name in element.attrib)


def test_csv_files_hold_no_formulas_and_give_the_data_back(run, tmp_path):
    out = tmp_path / "rows.csv"
    table = run.to_arrow()
    assert write_table(table, out) > len(FORMULA)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows:
        for cell in row:
            number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert [as_it_was(name) for name in rows[0]] == table.column_names
    place = table.column_names.index("text")
    assert [as_it_was(row[place]) for row in rows[1:]] == table["text"].to_pylist()


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "''=1", "it's", "'quoted'", "-5", "+1.5e3", "", "- a"]
)
def test_an_apostrophe_can_be_taken_away_again(text, tmp_path):
    import pyarrow as pa

    write_table(pa.table({"id": [0], "text": [text]}), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        cell = list(csv.reader(file))[1][1]
    assert as_it_was(cell) == text
    assert not cell.startswith("=")


@pytest.mark.parametrize("name", ["anomalies", "duplicates", "evaluate"])
def test_the_terminal_gets_no_control_characters(run, name, tmp_path):
    done = CliRunner().invoke(command, [name, str(run.path)])
    assert done.exit_code == 0, done.output
    assert not DANGER.search(done.output.replace("\n", ""))


def test_predict_says_that_cells_were_changed(run, tmp_path):
    new, out = tmp_path / "new.csv", tmp_path / "\u202eout.csv"
    new.write_text('id,text\n"=1+1",a goal in the match\n', encoding="utf-8")
    done = CliRunner().invoke(command, ["predict", str(run.path), str(new), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "would be run as formulas" in done.output
    assert not DANGER.search(done.output.replace("\n", ""))
    assert "'=1+1" in out.read_text(encoding="utf-8")
