"""Titres of autoantibodies, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.finding_changes import derive_finding_changes
from dashboard.endpoints.exploratory.titre_summaries import find_autoantibodies, list_dilutions, summarise_titres
from tests.endpoints.builders import everyone
from tests.endpoints.exploratory.findings import ada, drug, enrol, finding, place

AUTO = {"test": "ANA", "category": "AUTOANTIBODY", "object": "NUCLEAR ANTIGEN", "label": "Antinuclear Antibodies"}
# Before treatment and at week 36: a 1:40 to 1:160 (fourfold), b negative to 1:80 (appeared), c 1:80 to 1:160 (one doubling), d negative
# both times, e (480) without a result before.
RESULTS = {"a": ("1:40", "1:160"), "b": ("NEGATIVE", "1:80"), "c": ("1:80", "1:160"), "d": ("NEGATIVE", "<1:40"), "e": ("", "1:320")}


def summarise(selected: str = "abcde") -> pd.DataFrame:
    analysis = enrol({name: {"cohort": "480" if name == "e" else "240"} for name in RESULTS})
    rows = [ada(who, day, text, **AUTO) for who, texts in RESULTS.items() for day, text in zip((-1, 252), texts, strict=True) if text]
    changes = derive_finding_changes(place(rows, analysis))
    return summarise_titres(changes, analysis, np.array([name in selected for name in RESULTS]), ("week-36", "week-48"))


def test_a_titre_rose_when_it_is_four_times_that_before_and_appeared_when_that_was_negative() -> None:
    table = summarise().set_index("cohort")
    assert table.index.tolist() == ["240", "480", "all"]
    own = table.loc["240"]
    assert (own["n"], own["positive"], own["appeared"], own["risen"], own["no_baseline"]) == (4, 3, 1, 1, 0)
    # Of 160, 80 and 160 the median is 160.
    assert (own["median"], own["min"], own["max"]) == (160.0, 80.0, 160.0)
    assert (table.loc["480", "no_baseline"], table.loc["480", "risen"], table.loc["480", "appeared"]) == (1, 0, 0)
    assert table.loc["all", ["n", "positive"]].tolist() == [5, 4]


def test_the_selection_narrows_the_table() -> None:
    assert summarise("d").set_index("cohort").loc["240", ["n", "positive"]].tolist() == [1, 0]


def test_autoantibodies_are_told_from_antibodies_to_the_drug_and_from_other_results() -> None:
    analysis = enrol(["a"])
    rows = [
        ada("a", 0, "1:40", **AUTO),
        ada("a", 0, "1:40", test="RF"),
        ada("a", 0, "1:40"),
        ada("a", 0, "1:40", test="ADA_NAB"),
        ada("a", 0, "1:40", test="TETAB", category="VACCINE RESPONSE"),
        drug("a", 0, 1.0),
        finding("a", 0, "1:40", "CRAGTTR"),
    ]
    assert find_autoantibodies(place(rows, analysis)).tolist() == [True, True, False, False, False, False, False]
    assert everyone(analysis).all()


@pytest.mark.parametrize(
    ("levels", "dilutions"),
    [
        # 40 · 2² = 160 reaches the highest; 1:100 lies between 1:80 and 1:160.
        ((0.0, 40.0, 160.0), [40.0, 80.0, 160.0]),
        ((40.0, 100.0), [40.0, 80.0, 160.0]),
        ((0.0, 0.0), []),
        ((20.0,), [20.0]),
    ],
)
def test_dilutions_are_doublings_of_the_lowest_titre_up_to_the_highest(levels: tuple[float, ...], dilutions: list[float]) -> None:
    assert list_dilutions(np.array(levels)) == dilutions
