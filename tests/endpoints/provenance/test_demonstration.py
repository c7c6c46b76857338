"""Over the whole demonstration trial, at both cuts: every derivation ends with the number that the product shows."""

from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.provenance.responses import DENOMINATOR_NAMES
from dashboard.endpoints.provenance.tracing import TRACERS, Choices, Inputs, trace
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS, derive_responses, summarise_responders
from dashboard.endpoints.summaries import summarise_by_days_since_dose, summarise_by_visit
from dashboard.endpoints.survival import derive_time_to_threshold
from dashboard.endpoints.time_above import summarise_participant_time_above, summarise_time_above
from dashboard.errors import NotFoundError
from dashboard.study.references import Reference, decode_reference
from tests.endpoints.builders import everyone, protocol
from tests.endpoints.provenance.delivered import CUTS, demonstration, step, table

THRESHOLDS = (200.0, 300.0)
USUAL = Choices("value", "to-week-60", "linear", 91, "eligible", "at-visit", "week-60", "observed", "exact")
OTHERS = (
    Choices("fold", "to-week-36", "linear", 56, "everyone", "ever", "week-36", "reached", "wilson"),
    Choices("percent", "week-36-to-60", "locf", None, "everyone", "sustained", "week-48", "dosed", "jeffreys"),
    Choices("change", "to-week-60", "nocb", 91, "eligible", "at-visit", "dose-2-day-14", "enrolled", "exact"),
)
every_cut = pytest.mark.parametrize("cut", CUTS)
every_rule = pytest.mark.parametrize("rule", ["last", "mean"])
every_choice = pytest.mark.parametrize("choices", [USUAL, *OTHERS], ids=["usual", "fold", "percent", "change"])


def inputs_of(analysis: Analysis, choices: Choices = USUAL) -> Inputs:
    return Inputs(analysis, everyone(analysis), choices)


def is_same(traced: float | None, shown: float) -> bool:
    return (traced is None) if pd.isna(shown) else traced is not None and traced == pytest.approx(shown, rel=1e-12, abs=1e-12)


@every_cut
@every_rule
def test_every_baseline_is_the_one_shown(cut: str, rule: str) -> None:
    analysis = demonstration(cut, rule)
    for person in analysis.participants.to_dict("records"):
        for analyte in protocol().analyte_keys:
            traced = trace(inputs_of(analysis), Reference("baseline", person["participant"], analyte))
            assert is_same(traced.result, person[f"baseline_{analyte}"]), traced.title
            assert (traced.result is None) == (not step(traced.steps, "Baseline").rows)


@every_cut
def test_days_with_a_value_are_traced_to_the_value_change_percent_and_fold_shown(cut: str) -> None:
    analysis = demonstration(cut, "last")
    names = analysis.participants["participant"].to_numpy()
    columns = {"value": "value", "change": "change", "percent": "percent_change", "fold": "fold"}
    daily = analysis.daily.iloc[::13]
    for place, row in enumerate(daily.to_dict("records")):
        choices = (USUAL, *OTHERS)[place % 4]
        reference = Reference("count", names[row["participant_index"]], row["analyte"], int(row["day"]))
        traced = trace(inputs_of(analysis, choices), reference)
        assert is_same(traced.result, row[columns[choices.measure]]), traced.title
        assert step(traced.steps, "In cells/µL").result == pytest.approx(row["value"])
        assert "stored at import" not in step(traced.steps, "In cells/µL").sentence
        since = step(traced.steps, "Days since the latest dose").result
        assert is_same(since, row["days_since_dose"])
        assert (step(traced.steps, "Visit").result is None) == (row["visit"] == "")


@every_cut
@every_choice
def test_days_above_of_every_participant_are_those_shown_and_the_intervals_add_up(cut: str, choices: Choices) -> None:
    analysis, analyte = demonstration(cut, "last"), protocol().endpoint.analyte
    shown = summarise_participant_time_above(analysis, everyone(analysis), analyte, THRESHOLDS, choices.rule, choices.gap, choices.period)
    for row in shown.to_dict("records"):
        traced = trace(inputs_of(analysis, choices), Reference("days-above", row["participant"], threshold=row["threshold"]))
        assert is_same(traced.result, row["days_above"]), traced.title
        if not isnan(row["baseline"]):
            assert step(traced.steps, "Covered days").result == pytest.approx(row["covered_days"])
        if traced.result is not None:
            written = [float(line[5]) for line in table(traced.steps, "Intervals").rows]
            assert sum(written) == pytest.approx(traced.result, abs=0.005 * len(written))
            assert step(traced.steps, "Episodes").result == row["episodes"]


@every_cut
@every_choice
def test_every_participant_s_response_and_every_cohort_s_proportion_are_those_shown(cut: str, choices: Choices) -> None:
    analysis, analyte = demonstration(cut, "last"), protocol().endpoint.analyte
    inputs, names = inputs_of(analysis, choices), analysis.participants["participant"].to_numpy()
    for threshold in THRESHOLDS:
        people = derive_responses(analysis, inputs.selected, analyte, threshold, choices.respond, choices.visit, choices.period)
        for row in people.to_dict("records"):
            counts = row[choices.n] and (row["eligible"] or choices.who == "everyone")
            traced = trace(inputs, Reference("responder", names[row["participant_index"]], threshold=threshold))
            assert traced.result == (float(row["responds"]) if counts else None), traced.title
            flags = {line[0]: line[2] == "yes" for line in table(traced.steps, "Denominators").rows}
            assert flags == {words: row[name] for name, words in DENOMINATOR_NAMES.items()}
        shown = summarise_responders(people, protocol().cohort_keys, choices.n, choices.ci, choices.who)
        for row in shown.to_dict("records"):
            traced = trace(inputs, Reference("responders", cohort=row["cohort"], threshold=threshold))
            assert is_same(traced.result, row["proportion"])
            assert [each.result for each in traced.steps[:2]] == [row["denominator"], row["responders"]]
    assert ALL_COHORTS in set(shown["cohort"])


@every_cut
@every_choice
def test_every_summary_by_visit_is_traced_to_its_n_mean_and_median(cut: str, choices: Choices) -> None:
    analysis, visits = demonstration(cut, "mean"), protocol().visit_keys
    for analyte in ("alc", "cd4"):
        shown = summarise_by_visit(analysis, everyone(analysis), analyte, choices.measure, visits)
        for row in shown.to_dict("records"):
            reference = Reference("summary", analyte=analyte, cohort=row["cohort"], visit=row["visit"])
            traced = trace(inputs_of(analysis, choices), reference)
            assert is_same(traced.result, row["median"]), traced.title
            assert step(traced.steps, "Participants").result == row["n"]
            if row["n"]:
                centre = {each.title: each.result for each in traced.steps}
                relative = choices.measure in ("percent", "fold")
                assert is_same(centre["Geometric mean" if relative else "Mean"], row["gmean" if relative else "mean"])


@every_cut
def test_every_summary_by_dose_and_every_cohort_s_days_above_are_those_shown(cut: str) -> None:
    analysis = demonstration(cut, "last")
    inputs = inputs_of(analysis)
    shown = summarise_by_days_since_dose(analysis, inputs.selected, "cd4", "value", protocol().visit_keys)
    for row in shown.to_dict("records"):
        reference = Reference("dose-summary", analyte="cd4", cohort=row["cohort"], visit=row["visit"], dose=row["dose_number"])
        assert is_same(trace(inputs, reference).result, row["median"])
    people = summarise_participant_time_above(analysis, inputs.selected, "cd4", THRESHOLDS, "linear", 91, "to-week-60")
    counted = people[people["days_above"].notna() & people["eligible"]]
    for row in summarise_time_above(counted, protocol().cohort_keys, THRESHOLDS).to_dict("records"):
        traced = trace(inputs, Reference("cohort-days-above", cohort=row["cohort"], threshold=row["threshold"]))
        assert is_same(traced.result, row["mean"])
        assert is_same(step(traced.steps, "Median").result, row["median"])


@every_cut
def test_every_dose_last_day_and_time_to_threshold_is_the_one_shown(cut: str) -> None:
    analysis = demonstration(cut, "last")
    inputs = inputs_of(analysis)
    for row in analysis.doses.to_dict("records"):
        traced = trace(inputs, Reference("dose", row["participant"], dose=row["dose_number"]))
        assert (traced.result, traced.steps[0].rows[0].row) == (row["day"], row["source_row"])
    for person in analysis.participants.to_dict("records"):
        assert is_same(trace(inputs, Reference("participant", person["participant"])).result, person["last_day"])
    reached = derive_time_to_threshold(analysis, inputs.selected, "cd4", 200, "to-week-60", "eligible").set_index("participant_index")
    for place, name in enumerate(analysis.participants["participant"]):
        traced = trace(inputs, Reference("reached", name, threshold=200.0))
        assert is_same(traced.result, reached["time"].get(place, np.nan))


@every_cut
def test_every_link_of_every_table_leads_to_a_derivation_whose_rows_exist(cut: str) -> None:
    analysis = demonstration(cut, "last")
    inputs = inputs_of(analysis)
    known = set(zip(analysis.counts["source_file"], analysis.counts["source_row"], strict=True))
    known |= set(zip(analysis.doses["source_file"], analysis.doses["source_row"], strict=True))
    name = "SYN-240-003"
    starts = [
        Reference("summary", analyte="cd4", cohort="240", visit="week-36"),
        Reference("responders", cohort="480", threshold=300.0),
        Reference("cohort-days-above", cohort="240", threshold=200.0),
        Reference("days-above", name, threshold=200.0),
        Reference("baseline", name, "cd4"),
        Reference("dose", name, dose=2),
    ]
    for start in starts:
        tables = [each.table for each in trace(inputs, start).steps if each.table]
        links = [link for each in tables for link in each.links]
        assert links
        assert all(len(each.links) in (0, len(each.rows)) and {len(row) for row in each.rows} == {len(each.header)} for each in tables)
        for link in links:
            assert {(row.file, row.row) for row in trace(inputs, decode_reference(link)).rows} <= known


def test_every_kind_has_a_title_in_words_and_a_missing_participant_is_named() -> None:
    inputs = inputs_of(demonstration("final", "last"))
    texts = {
        "count:SYN-240-001:cd4:0": "CD4 of SYN-240-001 on day 0",
        "baseline:SYN-240-001:cd4": "CD4 baseline of SYN-240-001",
        "days-above:SYN-240-001:200": "Days of SYN-240-001 with CD4 at or above 200 cells/µL",
        "responder:SYN-240-001:300": "Response of SYN-240-001: CD4 at or above 300 cells/µL",
        "reached:SYN-240-001:200": "First day of SYN-240-001 with CD4 at or above 200 cells/µL",
        "summary:nk:240:week-36": "NK value, 240 µg/kg, Week 36 (interim)",
        "dose-summary:nk:240:week-36:3": "NK value, 240 µg/kg, Week 36 (interim), after dose 3",
        "responders:all:300": "Responders, all cohorts shown: CD4 at or above 300 cells/µL",
        "cohort-days-above:240:200": "Days with CD4 at or above 200 cells/µL, 240 µg/kg",
        "dose:SYN-240-001:1": "Dose 1 of SYN-240-001",
        "participant:SYN-240-001": "Participant SYN-240-001",
    }
    assert {text: trace(inputs, decode_reference(text)).title for text in texts} == texts
    # Findings, responses and times to an event are not in this analysis; test_findings.py and test_outcomes.py have their titles.
    elsewhere = {"finding", "findings", "rate", "best-response", "survival", "event-time"}
    assert {text.partition(":")[0] for text in texts} == set(TRACERS) - elsewhere
    for text in texts:
        if "SYN" in text:
            with pytest.raises(NotFoundError, match=r"no participant in this data cut “SYN-240-999”"):
                trace(inputs, decode_reference(text.replace("SYN-240-001", "SYN-240-999")))
