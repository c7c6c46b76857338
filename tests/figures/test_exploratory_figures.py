"""The figures of the exploratory page draw the numbers of the tables, each once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.style import cohort_colour, unpack
from dashboard.tables import TABLES
from tests.endpoints.builders import build_data, course
from tests.endpoints.exploratory.findings import ada, build_findings
from tests.figures.drawings import draw, numbers
from tests.panels.explored import Explored, explore, explore_many
from tests.panels.scenes import open_scene

RESULTS = ("1:20", "1:40", "NEGATIVE", "NEGATIVE", "NEGATIVE", "NEGATIVE")


def test_every_proportion_of_the_table_is_a_dot_with_its_interval() -> None:
    # Two of six participants of 240 were negative before and are positive after the dose: 33 %, with an interval because N ≥ 5.
    names = [f"p{place}" for place in range(6)]
    tested = [ada(name, day, text) for place, name in enumerate(names) for day, text in ((-1, "NEGATIVE"), (84, RESULTS[place]))]
    data = build_data([row for name in names for row in course(name, {0: 100.0})])
    scene = replace(open_scene(data), archive=Explored(data, build_findings(tested)))
    table = TABLES["ada-summary"].make(scene)
    drawn = table[(table["visit"] == "") & (table["measure"] == "treatment-induced")]
    dots = [trace for trace in draw("ada", "-", scene)["data"] if "text" in trace]
    assert [trace["text"][0] for trace in dots] == [f"{n}/{of}" for n, of in zip(drawn["n"], drawn["denominator"], strict=True)]
    first, row = dots[0], drawn.iloc[0]
    assert (first["text"], first["x"][0]) == (["2/6"], pytest.approx(100 / 3))
    assert first["x"][0] + first["error_x"]["array"][0] == pytest.approx(100 * row["upper"])
    assert first["x"][0] - first["error_x"]["arrayminus"][0] == pytest.approx(100 * row["lower"])


def test_every_concentration_after_a_dose_is_drawn_once() -> None:
    scene = explore()
    lines = draw("pk", "-", scene)["data"][:2]
    table = TABLES["pk"].make(scene)
    placed = table[table["dose_number"].notna()]
    drawn = np.sort(np.concatenate([numbers(trace["y"]) for trace in lines]))
    heights = np.where(placed["below_loq"], 0.05, placed["value"])
    assert drawn == pytest.approx(np.sort(heights))
    assert [len(numbers(trace["x"])) for trace in lines] == placed.groupby("cohort").size().tolist()


def test_the_lane_below_the_limit_is_shaded_and_named() -> None:
    layout = draw("pk", "-", explore())["layout"]
    (band,) = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert band["y0"] < 0.05 < band["y1"]
    assert [note["text"] for note in layout["annotations"]].count("below the limit of quantification") == 1
    assert layout["yaxis"]["type"] == "log"
    assert min(layout["yaxis"]["tickvals"]) > band["y1"]


def test_geometric_means_are_those_of_the_summary_table() -> None:
    scene = explore()
    table = TABLES["pk-summary"].make(scene)
    means = [trace for trace in draw("pk", "-", scene)["data"] if unpack(trace.get("customdata", [])).ndim == 2]
    assert np.concatenate([unpack(trace["y"]) for trace in means]) == pytest.approx(table["gmean"].to_numpy())
    assert np.concatenate([unpack(trace["customdata"])[:, 0] for trace in means]).tolist() == table["n"].tolist()


def test_every_cmax_is_a_point_beside_the_mean_of_its_cohort() -> None:
    scene = explore()
    table, summary = TABLES["cmax"].make(scene), TABLES["cmax-summary"].make(scene)
    traces = draw("cmax", "-", scene)["data"]
    points, means = [t for t in traces if "text" in t], [t for t in traces if "error_y" in t]
    assert np.concatenate([unpack(t["y"]) for t in points]).tolist() == table.loc[table["peak_sampled"], "cmax"].tolist()
    known = summary[(summary["cohort"] != "all") & (summary["n"] > 0)]
    assert [t["y"][0] for t in means] == pytest.approx(known["gmean"].tolist())
    # Two participants have no interval, and one has none.
    assert [t["error_y"]["visible"] for t in means] == [False, False]


@pytest.mark.parametrize("n", [4, 5])
def test_the_interval_of_a_geometric_mean_is_drawn_and_told_from_five_on(n: int) -> None:
    scene = explore_many((1.0, 2.0, 4.0, 8.0, 16.0)[:n])
    (diamond,) = [trace for trace in draw("cmax", "-", scene)["data"] if "error_y" in trace]
    (line,) = [trace for trace in draw("pk", "-", scene)["data"] if "hovertext" in trace]
    assert diamond["error_y"]["visible"] is (n == 5)
    assert "%{hovertext}" in line["hovertemplate"]
    assert "95 %" not in line["hovertemplate"]
    # Computed by hand in tests/panels/test_exploratory_panels.py.
    told = " (95 % interval 1.03 to 15.6)" if n == 5 else ""
    assert line["hovertext"] == [told]
    assert ("(95 % interval 1.03 to 15.6)" in diamond["hovertemplate"]) is (n == 5)
    if n == 5:
        assert diamond["y"][0] + diamond["error_y"]["array"][0] == pytest.approx(15.598, rel=1e-4)


def test_every_pair_of_the_table_is_a_point_in_the_colour_of_its_cohort() -> None:
    scene = explore(analyte=("cd4",))
    table = TABLES["exposure-response"].make(scene)
    clouds = [trace for trace in draw("exposure-response", "-", scene)["data"] if trace.get("name") in ("240 µg/kg", "480 µg/kg")]
    assert np.concatenate([unpack(t["x"]) for t in clouds]).tolist() == table["cmax"].tolist()
    assert np.concatenate([unpack(t["y"]) for t in clouds]).tolist() == table["peak_fold"].tolist()
    assert [t["marker"]["color"] for t in clouds] == [cohort_colour(0, 3), cohort_colour(1, 3)]


def test_bars_count_those_above_and_those_below_baseline() -> None:
    scene = explore()
    table = TABLES["finding-summary"].make(scene)
    rows = table[(table["test"] == "LESCNT") & (table["cohort"] == "240")]
    up, down = draw("findings", "-", scene)["data"][:2]
    assert (unpack(up["y"]).tolist(), unpack(down["y"]).tolist()) == (rows["higher"].tolist(), (-rows["lower"]).tolist())
    assert (up["text"], down["text"]) == (["1/3"], ["1/3"])
    assert up["hovertext"] == ["<b>240 µg/kg</b>, week 36: n = 3<br>1 above baseline, 1 unchanged, 1 below"]


@pytest.mark.parametrize(
    ("panel", "table", "column"), [("pk", "pk", "value"), ("cmax", "cmax", "cmax"), ("exposure-response", "cmax", "cmax")]
)
def test_a_point_carries_the_row_of_its_participant_for_a_click(panel: str, table: str, column: str) -> None:
    scene = explore()
    people = scene.analysis.participants["participant"].tolist()
    rows = TABLES[table].make(scene)
    own = {name: set(group[column].astype(float)) for name, group in rows.groupby("participant")}
    found = 0
    for trace in [trace for trace in draw(panel, "-", scene)["data"] if trace.get("meta") == "participants"]:
        values = unpack(trace["x" if panel == "exposure-response" else "y"]) if isinstance(trace["y"], dict) else np.array([])
        opened = unpack(trace["customdata"])
        assert len(opened) == len(trace["text"])
        for text, row, value in zip(trace["text"], opened, values, strict=False):
            if not np.isnan(row):
                assert text.startswith(people[int(row)])
                assert any(value == pytest.approx(mine, rel=1e-5) for mine in own[people[int(row)]]) or panel == "pk"
                found += 1
    assert found > 2
