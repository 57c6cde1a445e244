"""Columns of any unit and skew on one half circle."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from shoal.numerics.scaling import fit_scale, fit_scales, quantiles, skewness, step_of
from shoal.numerics.stats.effects import block_spreads, quartiles, share_effect

NORMAL = np.random.default_rng(0).normal(50, 10, 4000)
AMOUNTS = np.exp(np.random.default_rng(1).normal(8, 1.5, 4000))


@pytest.mark.parametrize("values", [NORMAL, AMOUNTS, -AMOUNTS, AMOUNTS - 500])
def test_the_middle_95_percent_of_a_column_fill_the_half_circle(values):
    scale = fit_scale(values)
    angles = scale.angles(values)
    assert np.abs(angles).max() == pytest.approx(np.pi / 2)
    assert (np.abs(angles) < np.pi / 2 - 1e-9).mean() == pytest.approx(0.95, abs=0.002)
    assert (np.diff(angles[np.argsort(values)]) >= 0).all()


def test_the_unit_of_a_column_does_not_matter():
    for values in (NORMAL, AMOUNTS):
        cents = fit_scale(values * 100).angles(values * 100)
        assert np.allclose(fit_scale(values).angles(values), cents)


def test_skewed_amounts_are_logged_and_even_ones_are_not():
    assert fit_scale(NORMAL).unit is None
    assert fit_scale(AMOUNTS).unit == pytest.approx(np.median(AMOUNTS))
    assert fit_scale(AMOUNTS, may_log=False).unit is None
    # grades are few and stay as they are, however skewed
    assert fit_scale(np.repeat([1.0, 2.0, 30.0], [500, 30, 3])).unit is None


def test_refunds_have_a_place_below_zero():
    values = np.concatenate([AMOUNTS, -AMOUNTS[:40]])
    scale = fit_scale(values)
    assert scale.unit is not None
    low, zero, high = scale.deviations(np.array([-1e4, 0.0, 1e4]))
    assert low < zero < high


def test_a_column_of_nearly_one_value_keeps_its_exceptions_apart():
    values = np.zeros(1000)
    values[:5] = 1.0
    angles = fit_scale(values).angles(values)
    assert angles[0] - angles[-1] > 1.0
    assert np.isfinite(fit_scale(np.zeros(3)).angles(np.zeros(3))).all()


def test_gaps_stay_gaps():
    assert np.isnan(fit_scale(NORMAL).angles(np.array([np.nan, 50.0]))).tolist() == [True, False]


def test_skewness_is_that_of_the_definition():
    assert skewness(AMOUNTS) == pytest.approx(stats.skew(AMOUNTS))
    assert skewness(np.ones(4)) == 0.0


def test_the_dispersions_of_blocks_add_up_to_that_of_all():
    rng = np.random.default_rng(2)
    labels = rng.integers(-1, 3, 300).astype(np.int32)
    vectors = rng.normal(size=(300, 6)).astype(np.float32)
    vectors[:, :2] += labels[:, None]
    parts = block_spreads(vectors, labels, [(0, 2), (2, 6)])
    whole = block_spreads(vectors, labels, [(0, 6)])[0]
    assert sum(p.between for p in parts) == pytest.approx(whole.between)
    assert sum(p.total for p in parts) == pytest.approx(whole.total)
    inside = vectors[labels >= 0].astype(np.float64)
    assert whole.total == pytest.approx(((inside - inside.mean(axis=0)) ** 2).sum())
    assert parts[0].explained > 0.3 > 0.1 > parts[1].explained > 0


def test_the_effect_of_a_share_is_cohens_h():
    assert share_effect(0.5, 0.5) == 0.0
    assert share_effect(1.0, 0.0) == pytest.approx(np.pi)
    assert share_effect(0.65, 0.45) == pytest.approx(0.4049, abs=1e-3)
    assert share_effect(0.2, 0.6) == -share_effect(0.6, 0.2)


def test_quartiles_leave_gaps_out():
    assert quartiles(np.array([1.0, 2.0, np.nan, 3.0])) == (1.5, 2.0, 2.5)
    assert quartiles(np.array([np.nan])) is None


@pytest.mark.parametrize("n", [1, 2, 3, 20, 21, 500])
def test_quantiles_are_those_of_numpy(n):
    values = np.random.default_rng(n).normal(size=n).round(1)
    shares = [0.0, 0.025, 0.05, 0.25, 0.5, 0.75, 0.975, 1.0]
    assert quantiles(values, shares) == np.quantile(values, shares).tolist()


def test_scales_of_many_columns_are_those_of_each():
    rng = np.random.default_rng(0)
    columns = [rng.normal(size=n) for n in (3, 40, 40)]
    columns += [np.exp(2 * rng.normal(size=40)), np.zeros(40), rng.integers(0, 3, 40).astype(float)]
    may_log = [True, True, False, True, True, True]
    together = fit_scales(columns, may_log)
    alone = [fit_scale(one, may_log=log) for one, log in zip(columns, may_log, strict=True)]
    assert together == alone
    assert together[3].unit is not None


@pytest.mark.parametrize("values", [NORMAL, AMOUNTS, AMOUNTS - 500])
def test_an_angle_inside_the_half_circle_tells_its_value(values):
    scale = fit_scale(values)
    inside = values[np.abs(scale.angles(values)) < np.pi / 2 - 1e-6]
    assert np.allclose(scale.values(scale.angles(inside)), inside)
    ends = scale.values(np.array([-np.pi / 2, np.pi / 2]))
    assert (ends[0] <= inside).all()
    assert (inside <= ends[1]).all()


def test_the_step_of_a_column_is_the_least_difference_of_two_values():
    assert step_of(np.array([4.0, 2.0, 2.0, 9.0])) == 2.0
    assert step_of(np.array([0.3, 0.1, 0.1 + 0.2, 0.5])) == pytest.approx(0.2)
    assert step_of(np.array([0.0, 1.0, 1.0])) is None
    assert step_of(np.array([7.0])) is None


def test_half_a_step_of_logged_amounts_is_wide_where_they_are_small():
    values = np.exp(np.random.default_rng(2).normal(1, 1, 800)).round() + 1
    scale = fit_scale(values)
    halves = scale.half_steps(scale.angles(np.array([2.0, 12.0])), 1.0)
    assert scale.unit is not None
    assert halves[0] > 2 * halves[1] > 0
