"""What a reader can work out from joined groups who knows how they are joined: nothing small."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.closed.cells import coarsen, describe_size, join_small

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=8)


def named(counts: tuple[int, ...] | list[int]) -> list[tuple[str, int]]:
    return [(str(place), n) for place, n in enumerate(counts)]


@given(COUNTS, st.integers(2, 10))
def test_every_group_is_large_and_nobody_is_lost(counts: list[int], minimum: int) -> None:
    groups = join_small(named(counts), minimum)
    assert all(group.n >= minimum for group in groups)
    assert len(groups) != 1
    if groups:
        assert sum(group.n for group in groups) == sum(counts)
        assert [label for group in groups for label in group.labels] == [label for label, _ in named(counts)]


@pytest.mark.parametrize("minimum", [2, 3, 5])
@pytest.mark.parametrize("categories", [2, 3, 4])
def test_a_reader_who_tries_every_possible_count_never_finds_a_small_one(minimum: int, categories: int) -> None:
    # The reader knows the total and the rule; every vector of counts that gives the same answer is equally possible.
    most = 3 * minimum
    possible: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(most + 1), repeat=categories):
        if sum(counts) <= most:
            possible[(sum(counts), join_small(named(counts), minimum))].append(counts)
    for (total, groups), vectors in possible.items():
        # With fewer participants than that no pooled figures are shown at all: each cohort has the minimum, and there are two.
        if total < 2 * minimum:
            continue
        for place in range(categories):
            known = {counts[place] for counts in vectors}
            assert len(known) > 1 or min(known) >= minimum, (total, groups, place, known)


def test_groups_are_joined_with_their_neighbour_in_the_order_given() -> None:
    # 2 and 4 make 6; 7 stands alone; 1 and 0 at the end join the 7.
    groups = join_small([("a", 2), ("b", 4), ("c", 7), ("d", 1), ("e", 0)], 5)
    assert [(group.labels, group.n) for group in groups] == [(("a", "b"), 6), (("c", "d", "e"), 8)]


def test_a_rest_that_must_be_empty_is_joined_once_more() -> None:
    # 5 and a rest of 0: “5 together” would say that the rest is empty. With 6 the rest may be 0 or 1.
    assert [group.n for group in join_small([("a", 9), ("b", 6), ("c", 5), ("d", 0)], 5)] == [9, 11]
    assert [group.n for group in join_small([("a", 9), ("b", 6), ("c", 0)], 5)] == [9, 6]


@pytest.mark.parametrize(
    ("n", "told"), [(4, ""), (0, ""), (5, "5"), (25, "25"), (26, "at least 26"), (29, "at least 26"), (30, "at least 26")]
)
def test_how_many_are_missing_is_told_only_when_they_are_many(n: int, told: str) -> None:
    assert describe_size(n, 30, 5) == told


@pytest.mark.parametrize(("value", "step", "told"), [(104.9, 10, 100), (105, 10, 110), (94.99, 10, 90), (0.4, 1, 0), (4, 10, 0)])
def test_a_value_is_rounded_to_the_step_halves_up(value: float, step: int, told: int) -> None:
    assert coarsen(value, step) == told
