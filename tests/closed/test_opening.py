"""Which data cuts are shown pooled: by the numbers of each cohort in them, and between them."""

from __future__ import annotations

import pytest

from dashboard.closed.opening import select_poolable


def members(**sizes: int) -> dict[str, str]:
    """So many of each cohort, the same people in every data cut."""
    return {f"{cohort}{place}": cohort for cohort, size in sizes.items() for place in range(size)}


FULL = members(low=10, high=10)


@pytest.mark.parametrize(
    ("cuts", "shown"),
    [
        ([FULL], [0]),
        ([FULL, FULL], [0, 1]),
        # One cohort alone: a figure of everybody would be one of that cohort.
        ([members(low=10)], []),
        ([members(low=10), FULL], [1]),
        ([members(low=10, high=4)], []),
        ([members(low=5, high=5)], [0]),
        # Those who joined are all of one cohort: the difference of the two figures is theirs.
        ([members(low=10, high=5), FULL], [0]),
        ([members(low=5, high=5), FULL], [0, 1]),
        ([members(low=5, high=5), members(low=6, high=10), FULL], [0, 2]),
        # Who left is told by the same difference.
        ([FULL, members(low=9, high=10)], [0]),
        # The second is not shown, so the third is compared with the first.
        ([FULL, members(low=11, high=10), members(low=15, high=15)], [0, 2]),
    ],
)
def test_every_cut_and_every_difference_holds_enough_of_every_cohort(cuts: list[dict[str, str]], shown: list[int]) -> None:
    assert select_poolable(cuts, ["low", "high"], 5) == shown


def test_all_pairs_of_shown_cuts_are_compared_and_not_neighbours_alone() -> None:
    # From the first to the third only one of each joins, though five of each do from the second to the third, had the second been shown.
    first, third = members(low=10, high=10), members(low=11, high=11)
    second = {name: cohort for name, cohort in third.items() if name not in ("low0", "low1", "low2", "low3", "low4")}
    assert select_poolable([first, second, third], ["low", "high"], 5) == [0]
