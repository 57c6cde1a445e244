"""A seeded part of the campaign of benchmarks/do_odd_inputs_lose_rows.py."""

import pytest

from shoal import stages
from shoal.errors import ShoalError
from tests.odd_sources import odd_source


@pytest.mark.parametrize("first", range(0, 60, 20))
@pytest.mark.filterwarnings("ignore")
def test_no_row_is_lost_and_what_cannot_be_read_is_said(tmp_path, first):
    for seed in range(first, first + 20):
        source = odd_source(tmp_path, seed)
        said = ""
        try:
            n = len(stages.read(source.path, source.params))
        except ShoalError as error:
            n, said = 0, str(error)
        assert "\n" not in said, seed
        assert source.n_rows in (None, n), f"seed {seed}, {source.kind}: {said}"
