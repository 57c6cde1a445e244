"""The bill of materials lists what a release installs and brings, without a server to ask."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("cyclonedx")
pytest.importorskip("pip_requirements_parser")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    out = tmp_path_factory.mktemp("bill") / "shoal.cdx.json"
    # no network: any name is looked up at an address where nobody listens
    command = [sys.executable, str(ROOT / ".ci" / "bom.py"), "-o", str(out)]
    proxies = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=proxies)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text(encoding="utf-8"))


def test_every_package_of_the_lock_is_listed_with_its_files(bill):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    listed = [c for c in bill["components"] if c["purl"].startswith("pkg:pypi/")]
    assert sorted((c["name"], c["version"]) for c in listed) == sorted(wanted)
    hashes = [h["content"] for c in listed for h in c["externalReferences"][0]["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"--hash=sha256:(\w+)", lock))


def test_what_is_built_into_the_page_is_listed(bill):
    told = json.loads((ROOT / "explorer" / "package.json").read_text(encoding="utf-8"))
    listed = {c["name"] for c in bill["components"] if c["purl"].startswith("pkg:npm/")}
    assert set(told["dependencies"]) <= listed
    assert not listed & set(told["devDependencies"])


def test_an_installed_package_has_a_licence(bill):
    licences = {c["name"]: c.get("licenses", []) for c in bill["components"]}
    for name in ("numpy", "scipy", "scikit-learn", "onnxruntime", "preact"):
        assert licences[name], name
    assert licences["numpy"][0]["expression"].startswith("BSD-3-Clause")
