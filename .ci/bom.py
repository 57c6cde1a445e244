"""The bill of materials of a release in CycloneDX, from the lock files and what is installed.

python .ci/bom.py [-o shoal.cdx.json]

No server is asked. Names, versions, markers and hashes are those of requirements.lock and, for what
is built into the explorer's page, of package-lock.json. Licences are those that the packages state
of themselves; a package that this system does not need is not installed and has none.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from pip_requirements_parser import RequirementsFile

ROOT = Path(__file__).parents[1]
SHORT = 60
"""Characters; what is longer in the field for a licence is its text, not its name."""


def licence_of(name: str) -> str | None:
    """Return the licence that an installed package states, or None."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    classified = [
        entry.rpartition(" :: ")[2]
        for entry in told.get_all("Classifier", [])
        if entry.startswith("License :: ")
    ]
    stated = told.get("License-Expression") or told.get("License") or ""
    if len(stated) > SHORT or (classified and not _is_expression(stated)):
        stated = " OR ".join(classified)
    return stated or None


def _is_expression(text: str) -> bool:
    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return False
    return True


def component(
    purl: PackageURL, page: str, hashes: list[HashType], licence: str | None, marker: str = ""
) -> Component:
    """Return one package."""
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION, url=XsUri(page), hashes=hashes
    )
    return Component(
        name="/".join(filter(None, (purl.namespace, purl.name))),
        version=purl.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        external_references=[files],
        properties=[Property(name="python:marker", value=marker)] if marker else [],
    )


def python_packages(lock: Path) -> list[Component]:
    """Return what pip installs from the lock."""
    found = RequirementsFile.from_file(str(lock))
    if found.invalid_lines:
        sys.exit(f"error: {lock} has a line that is no requirement: {found.invalid_lines[0].line}")
    return [
        component(
            PackageURL("pypi", name=one.name, version=one.get_pinned_version),
            f"https://pypi.org/project/{one.name}/{one.get_pinned_version}/#files",
            [HashTypeFactory().from_composite_str(entry) for entry in one.hash_options],
            licence_of(one.name),
            str(one.marker or ""),
        )
        for one in found.requirements
    ]


def packages_of_the_page(lock: Path) -> list[Component]:
    """Return what is built into the explorer's page."""
    packages = []
    for place, told in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if not place or told.get("dev"):
            continue
        whole = place.rpartition("node_modules/")[2]
        namespace, _, name = whole.rpartition("/")
        algorithm, _, digest = told["integrity"].partition("-")
        hashed = HashType(
            alg=HashAlgorithm(f"SHA-{algorithm.removeprefix('sha')}"),
            content=base64.b64decode(digest).hex(),
        )
        purl = PackageURL("npm", namespace or None, name, told["version"])
        page = f"https://www.npmjs.com/package/{whole}/v/{told['version']}"
        packages.append(component(purl, page, [hashed], told["license"]))
    return packages


def bill() -> Bom:
    """Return the bill of all that a release brings or installs."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = python_packages(ROOT / "requirements.lock")
    parts += packages_of_the_page(ROOT / "explorer" / "package-lock.json")
    bom = Bom(components=parts)
    bom.metadata.component = Component(
        name=about["name"],
        version=version(about["name"]),  # that of the tag it was installed from
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_from_string(about["license"])],
    )
    bom.register_dependency(bom.metadata.component, parts)
    return bom


def main() -> None:
    """Write the bill and say what it holds."""
    parser = argparse.ArgumentParser(description="Write the bill of materials.")
    parser.add_argument("-o", "--out", type=Path, default=Path("shoal.cdx.json"))
    out = parser.parse_args().out
    bom = bill()
    out.write_text(JsonV1Dot6(bom).output_as_string(indent=1) + "\n", encoding="utf-8")
    silent = sorted(entry.name for entry in bom.components if not entry.licenses)
    told = f"; not installed here, so without a licence: {', '.join(silent)}" if silent else ""
    print(f"{out}: {len(bom.components)} packages{told}")


if __name__ == "__main__":
    main()
