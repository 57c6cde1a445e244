from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from shoal.artifacts.reading import Rows, Run
from shoal.views.report.links import link_of

NO = np.empty(0, np.float32)
TEXTS = pa.chunked_array([[""]])
ROWS = Rows(np.empty(0, np.int32), NO, NO, NO, NO, None, TEXTS, TEXTS)


@pytest.fixture
def run(tmp_path):
    (tmp_path / "in put" / "sub").mkdir(parents=True)
    (tmp_path / "in put" / "sub" / "a b.pdf").write_bytes(b"")
    (tmp_path / "in put" / "all.zip").write_bytes(b"")
    (tmp_path / "secret.txt").write_bytes(b"")
    info = {"source": [str(tmp_path / "in put")], "columns": {"kind": "folder"}}
    return Run("run", info, [], {}, "", ROWS, path=tmp_path / "run")


@pytest.mark.parametrize(
    ("row", "link"),
    [
        ({"id": "sub/a b.pdf"}, "../in%20put/sub/a%20b.pdf"),
        ({"id": "sub/a b.pdf", "page": 3}, "../in%20put/sub/a%20b.pdf#page=3"),
        ({"id": "all.zip/x/b.pdf", "page": 3}, "../in%20put/all.zip"),
        ({"id": "../secret.txt"}, ""),
        ({"id": "/etc/hostname"}, ""),
        ({"id": "gone.pdf"}, ""),
        ({"id": 7}, ""),
        ({}, ""),
    ],
)
def test_a_document_is_linked_where_it_is_below_the_source(run, row, link):
    assert link_of(run, row) == link


def test_rows_of_other_sources_are_not_linked(run):
    row = {"id": "sub/a b.pdf"}
    assert link_of(replace(run, run={**run.run, "columns": {"kind": "csv"}}), row) == ""
    assert link_of(replace(run, run={**run.run, "source": ["a", "b"]}), row) == ""
    assert link_of(replace(run, run={**run.run, "source": ["s3://bucket/in"]}), row) == ""
