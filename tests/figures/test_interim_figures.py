"""The plots of baseline counts: two in a row, each under its own title, with the cohorts named at the left."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dashboard.figures.facets import ROW_GAP, facet_domains, grid_domains
from dashboard.figures.interim import BaselinePoints, DemographySummary, draw_demography, measure_demography


def summary(n: int) -> DemographySummary:
    """`n` counts of two cohorts with two participants each; nobody has the last."""
    some = (np.array([0, 0, 1, 1]), np.array([10.0, 20.0, 30.0, 40.0]), np.arange(4), ("a", "b", "c", "d"), (15.0, 35.0))
    none = (np.empty(0, dtype=int), np.empty(0), np.empty(0, dtype=int), (), (np.nan, np.nan))
    points = tuple(BaselinePoints(f"C{place}", *(some if place < n - 1 else none)) for place in range(n))  # type: ignore[arg-type]
    return DemographySummary(points, ((0, "Low"), (1, "High")), (), (), 4, 2, synthetic=False)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_plots_of_a_grid_lie_in_rows_of_two_and_do_not_touch(n: int) -> None:
    domains = grid_domains(n, 2)
    assert [across for across, _ in domains] == (facet_domains(min(n, 2)) * 4)[:n]
    rows = [domains[place][1] for place in range(0, n, 2)]
    assert rows[0][1] == pytest.approx(1)
    assert rows[-1][0] == pytest.approx(0, abs=1e-12)
    heights = [top - bottom for bottom, top in rows]
    assert heights == pytest.approx([heights[0]] * len(rows))
    # Three rows: 3 h + 2 × 0.45 h = 1.
    assert heights[0] == pytest.approx(1 / (len(rows) + ROW_GAP * (len(rows) - 1)))
    assert all(upper[0] - lower[1] == pytest.approx(ROW_GAP * heights[0]) for upper, lower in pairwise(rows))


def test_baseline_counts_are_drawn_two_in_a_row_with_title_axis_and_cohorts() -> None:
    figure = draw_demography(summary(5))
    layout = figure["layout"]
    assert [layout[f"yaxis{suffix}"]["ticktext"] for suffix in ("", "2", "3", "4", "5")] == [
        ["Low", "High"], ["", ""], ["Low", "High"], ["", ""], ["Low", "High"],
    ]  # fmt: skip
    titles = {note["text"]: (note["x"], note["y"]) for note in layout["annotations"] if note["text"].startswith("C")}
    assert titles["C0"] == (0, 1)
    assert titles["C2"][0] == titles["C4"][0] == 0
    assert titles["C4"][1] < titles["C2"][1] < 1
    middle = next(note for note in layout["annotations"] if note["text"] == "No baseline")
    low, high = layout["yaxis5"]["domain"]
    assert (low, middle["y"]) == (pytest.approx(0, abs=1e-12), pytest.approx((low + high) / 2))
    assert layout["xaxis5"]["anchor"] == "y5"


def test_a_figure_is_as_high_as_its_rows_of_plots_need() -> None:
    assert [measure_demography(summary(n)) for n in (1, 2, 5, 7)] == [2, 2, 6, 8]
