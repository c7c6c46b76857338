"""Each row that is not in a figure is counted once, under the first reason that applies."""

from __future__ import annotations

import numpy as np

from dashboard.panels.refusals import find_first


def test_a_row_is_counted_under_the_first_of_its_reasons_only() -> None:
    first = find_first({"no day": np.array([True, False, False, True]), "no value": np.array([True, True, False, False])})
    assert first.place.tolist() == [0, 1, 2, 0]
    assert first.count(np.arange(4)) == {"no day": 2, "no value": 1}


def test_only_the_rows_of_the_selection_are_counted_and_a_reason_of_none_is_absent() -> None:
    first = find_first({"no day": np.array([True, False, False]), "no value": np.array([False, True, False])})
    assert first.count(np.array([1, 2])) == {"no value": 1}
    assert first.count(np.zeros(0, dtype=np.int64)) == {}
