"""The participant's figure: its numbers are those of the records, on one time axis, and nothing empty is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.figures.participant import draw_participant, measure_participant
from dashboard.figures.participant_lanes import GRADE_COLOURS, Mark, thin_texts
from dashboard.figures.style import Figure, Trace, unpack
from dashboard.panels.lane_words import describe_lanes
from dashboard.panels.participants import summarise_participant
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from tests.endpoints.recorded import build_records, everything_recorded
from tests.panels.scenes import OneCut, odd_data, open_scene


@dataclass(frozen=True)
class Recorded(OneCut):
    """An archive that holds every record table too."""

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return build_records()[table]


def open_recorded(**choices: object) -> Scene:
    data = everything_recorded()
    return replace(open_scene(data, **choices), archive=Recorded(data))


@pytest.fixture(scope="module", params=["linear", "log"])
def figure(request: pytest.FixtureRequest) -> Figure:
    return draw_participant(summarise_participant(open_recorded(scale=request.param), "a"))


def trace(figure: Figure, name: str) -> Trace:
    (found,) = [trace for trace in figure["data"] if trace["name"] == name]
    return found


def lane(figure: Figure, name: str) -> int:
    (axis,) = [part for key, part in figure["layout"].items() if key.startswith("yaxis") and name in part.get("ticktext", ())]
    return axis["ticktext"].index(name)


def test_every_track_shares_one_time_axis_and_a_drag_zooms_time_alone(figure: Figure) -> None:
    assert [key for key in figure["layout"] if key.startswith("xaxis")] == ["xaxis"]
    assert all(part["fixedrange"] for key, part in figure["layout"].items() if key.startswith("yaxis"))
    assert not any("xaxis" in trace for trace in figure["data"])
    assert len(go.Figure(figure).data) == len(figure["data"])


def test_tracks_do_not_overlap_and_fill_the_height(figure: Figure) -> None:
    domains = sorted(part["domain"] for key, part in figure["layout"].items() if key.startswith("yaxis"))
    assert domains[0][0] == pytest.approx(0, abs=1e-9)
    assert domains[-1][1] == 1
    assert all(low[1] < high[0] for low, high in pairwise(domains))


def test_events_are_bars_from_their_first_to_the_end_of_their_last_day_coloured_by_grade(figure: Figure) -> None:
    events = trace(figure, "adverse events")
    # Days 3 to 9, and from day 7 until the end of observation: the last day, 420, of one who completed the study.
    np.testing.assert_allclose(unpack(events["base"]) * 7, [3, 7], rtol=1e-5)
    np.testing.assert_allclose((unpack(events["base"]) + unpack(events["x"])) * 7, [10, 420], rtol=1e-5)
    assert events["marker"]["color"] == [GRADE_COLOURS[2], GRADE_COLOURS[3]]
    assert events["marker"]["pattern"]["shape"] == ["", "/"]
    assert events["y"] == [lane(figure, "Rash"), lane(figure, "Rash (2)")]


def test_grade_relation_seriousness_and_ongoing_stand_beside_the_bar(figure: Figure) -> None:
    texts = [text.strip() for text in trace(figure, "words beside bars")["text"]]
    assert texts[:2] == ["2 ◆", "3 ▲▸"]


def test_the_greys_of_the_grades_fall_from_grade_to_grade() -> None:
    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    levels = [luminance(colour) for colour in GRADE_COLOURS[1:]]
    assert all(lighter - darker > 20 for lighter, darker in pairwise(levels))


def test_doses_say_amount_plan_and_delay_and_the_missed_one_says_not_given(figure: Figure) -> None:
    given, missed = trace(figure, "doses"), trace(figure, "doses not given")
    np.testing.assert_allclose(unpack(given["x"]) * 7, [0, 105], rtol=1e-5)
    assert [text.strip() for text in given["text"]] == ["240 µg/kg, as planned", "240 µg/kg, 21 d late"]
    assert (unpack(missed["x"]) * 7).tolist() == [168]
    assert missed["text"][0].strip() == "not given"


def test_a_medication_that_began_before_the_axis_starts_at_its_end_and_keeps_its_days_in_words(figure: Figure) -> None:
    other = trace(figure, "other medications")
    assert unpack(other["base"])[0] == pytest.approx(figure["layout"]["xaxis"]["range"][0])
    assert "day -200" in other["hovertext"][0]


def test_concentrations_and_their_cmax_are_those_of_the_records(figure: Figure) -> None:
    samples = trace(figure, "NT-I7")
    assert unpack(samples["y"]).tolist() == [2.0, 5.0, 1.0, 3.0]
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    # The first sample after dose 2 (day 105) is on day 130: too late for a Cmax.
    assert "5" in texts
    assert "(3)" in texts


def test_only_analytes_with_a_value_have_a_track() -> None:
    figure = draw_participant(summarise_participant(open_scene(odd_data()), "zeros"))
    titles = [part["title"]["text"] for key, part in figure["layout"].items() if key.startswith("yaxis")]
    assert [title for title in titles if "cells" in title] == ["CD4<br>cells/µL"]


def test_who_has_no_day_at_all_gets_a_sentence_instead_of_empty_axes() -> None:
    summary = summarise_participant(open_scene(odd_data()), "no-dose")
    assert draw_participant(summary)["data"] == []
    assert measure_participant(summary) < 100


def test_the_own_range_is_drawn_only_where_the_history_is_long_enough() -> None:
    # "a" has values on days −28, −5 and 0; "zeros" has one day before treatment.
    shapes = draw_participant(summarise_participant(open_recorded(), "a"))["layout"]["shapes"]
    (band,) = [shape for shape in shapes if shape["type"] == "rect"]
    assert band["y0"] < 120 < band["y1"]
    others = draw_participant(summarise_participant(open_scene(odd_data()), "zeros"))["layout"]["shapes"]
    assert [shape for shape in others if shape["type"] == "rect"] == []


def test_upright_lines_go_under_the_words_of_the_lanes_and_the_words_have_paper_around_them(figure: Figure) -> None:
    (lanes,) = [(key, part) for key, part in figure["layout"].items() if key.startswith("yaxis") and "Dose 1" in part.get("ticktext", ())]
    upright = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "line" and shape["x0"] == shape["x1"]]
    over = [shape for shape in upright if shape["layer"] == "above"]
    assert {(shape["yref"], shape["y0"], shape["y1"]) for shape in over} == {("paper", lanes[1]["domain"][1], 1)}
    under = [shape for shape in upright if shape["layer"] == "between"]
    assert {(shape["yref"], shape["y0"], shape["y1"]) for shape in under} == {(lanes[0].replace("axis", ""), *lanes[1]["range"])}
    assert [shape["x0"] for shape in over] == [shape["x0"] for shape in under]
    worded = [trace for trace in figure["data"] if trace.get("yaxis") == lanes[0].replace("axis", "") and "text" in trace]
    assert worded
    assert all("#ffffff" in trace["textfont"]["shadow"] for trace in worded)


def test_a_value_before_the_first_dose_or_without_baseline_says_so_instead_of_a_number() -> None:
    summary = summarise_participant(open_recorded(), "a")
    (counts,) = summary.shown
    track = replace(counts, change=np.full(len(counts.day), np.nan))
    drawn = trace(draw_participant(replace(summary, tracks=(track,))), track.label)
    assert "customdata[2]" not in drawn["hovertemplate"]
    assert np.isfinite(unpack(drawn["customdata"])).all()
    for day, since, words in zip(track.day, track.days_since_dose, drawn["hovertext"], strict=True):
        dose = "none yet" if np.isnan(since) else f"{since:.0f}"
        assert words == f"change from baseline: no baseline<br>days since latest dose: {dose}", day
    # The person has values before day 0 and after it.
    assert {words.endswith("none yet") for words in drawn["hovertext"]} == {True, False}


def test_a_text_beside_a_mark_gives_way_where_a_telephone_has_no_room_for_it() -> None:
    # 190 pixels for 190 days. "1:80" ends 6 + 4 · 5.4 = 27.6 pixels after its mark; a mark reaches 6 pixels to each side.
    marks = [Mark(0, "positive", day, "words", text) for day, text in ((0, "1:80"), (20, "1:160"), (60, "1:80"), (100, ""))]
    near, further = Mark(1, "results", 0, "words", "CR"), Mark(1, "milestones", 40, "words", "CR")
    shown = thin_texts([*marks, further, near], 0.0, 190.0)
    # "1:160" reaches from 26 to 53, before the mark that stands from 54 to 66; "1:80" at day 0 would run into the one at day 20.
    assert [(mark.lane, mark.day, mark.text) for mark in shown] == [
        (0, 0, ""),
        (0, 20, "1:160"),
        (0, 60, "1:80"),
        (0, 100, ""),
        (1, 0, "CR"),
        (1, 40, "CR"),
    ]
    assert {mark.words for mark in shown} == {"words"}


def test_the_time_axis_names_the_day_zero_of_the_study_and_the_caption_a_cut_beyond_its_end() -> None:
    summary = replace(summarise_participant(open_recorded(), "a"), day_zero="infusion", cut_day=1721, cut_name="data cut")
    assert draw_participant(summary)["layout"]["xaxis"]["title"]["text"] == "weeks since infusion"
    assert "Data cut: day 1721, beyond the end of the axis." in describe_lanes(summary)
    assert "beyond the end" not in describe_lanes(replace(summary, cut_day=100))


def test_the_name_of_a_milestone_beside_a_dose_stands_beyond_its_line() -> None:
    summary = replace(summarise_participant(open_recorded(), "a"), dose_days=(0,), milestones=((14, "Response"), (300, "End")))
    names = {note["text"]: note.get("xanchor") for note in draw_participant(summary)["layout"]["annotations"]}
    assert (names["Response"], names["End"]) == ("left", None)


def test_the_numbers_of_a_log_axis_never_touch_whatever_the_cohort_reaches_over() -> None:
    summary = summarise_participant(open_recorded(scale="log"), "a")
    (counts,) = summary.shown
    course = counts.cohort
    assert course is not None
    for lowest in (100.0, 10.0, 1.0, 0.01):
        wide = replace(course, median=np.geomspace(lowest, 9000.0, len(course.day)))
        figure = draw_participant(replace(summary, tracks=(replace(counts, cohort=wide),)))
        ticks = np.log10(figure["layout"]["yaxis"]["tickvals"])
        # The axis is 84 pixels high and reaches at least from the lowest to the highest level of the cohort.
        assert (np.diff(ticks) * 84 / np.log10(9000 / lowest) >= 14).all()
        assert len(ticks) >= 2
