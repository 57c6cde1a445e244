import numpy as np
import pytest

from shoal.numerics.duplicates.representatives import representatives


def one_after_the_other(n, pairs, copies):
    """The rule in plain words: the best row that is left takes all that are alike to it."""
    around = {row: {} for row in range(n)}
    for one, other, alike in pairs:
        around[one][other] = around[other][one] = alike
    rank = {
        row: (-copies[row], -sum(copies[x] for x in found), -sum(found.values()), row)
        for row, found in around.items()
    }
    stands, similarity, taken = list(range(n)), [1.0] * n, set()
    for row in sorted(around, key=rank.__getitem__):
        if row not in taken:
            taken.add(row)
            for near, alike in around[row].items():
                if near not in taken:
                    taken.add(near)
                    stands[near], similarity[near] = row, alike
    return stands, similarity


def given(pairs):
    one, other, alike = zip(*pairs, strict=True) if pairs else ((), (), ())
    return (
        np.array(one, dtype=np.int32),
        np.array(other, dtype=np.int32),
        np.array(alike, dtype=np.float32),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_best_row_that_is_left_takes_all_that_are_alike_to_it(seed):
    rng = np.random.default_rng(seed)
    n = 60
    copies = rng.integers(1, 4, n)
    chosen = {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(90)}
    pairs = [(one, other, float(rng.integers(90, 100)) / 128) for one, other in sorted(chosen)]
    stands, similarity = representatives(n, *given(pairs), copies)
    expected = one_after_the_other(n, pairs, copies.tolist())
    assert stands.tolist() == expected[0]
    assert similarity.tolist() == pytest.approx(expected[1])


def test_the_order_of_the_pairs_changes_nothing():
    rng = np.random.default_rng(0)
    chosen = sorted({tuple(sorted(rng.choice(40, 2, replace=False).tolist())) for _ in range(80)})
    pairs = [(one, other, rng.uniform(0.9, 1.0)) for one, other in chosen]
    copies = np.ones(40, dtype=np.int64)
    found = representatives(40, *given(pairs), copies)
    turned = representatives(40, *given(pairs[::-1]), copies)
    assert found[0].tolist() == turned[0].tolist()
    assert found[1].tolist() == turned[1].tolist()


def test_a_chain_of_very_many_rows_takes_no_longer_than_its_length():
    n = 200_000
    rows = np.arange(n - 1, dtype=np.int32)
    alike = np.full(n - 1, 0.97, dtype=np.float32)
    stands, _ = representatives(n, rows, rows + 1, alike, np.ones(n, dtype=np.int32))
    assert (np.abs(stands - np.arange(n)) <= 1).all()
    assert (stands != np.arange(n)).mean() > 0.4


def test_rows_without_a_pair_stand_for_themselves():
    stands, similarity = representatives(3, *given([]), np.ones(3, dtype=np.int32))
    assert stands.tolist() == [0, 1, 2]
    assert similarity.tolist() == [1.0, 1.0, 1.0]
