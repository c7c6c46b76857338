"""The panels of exposure and of dose escalation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.body import NO_FORMULA, UNKNOWN
from dashboard.endpoints.safety.escalation import describe_escalation, select_decisions
from dashboard.endpoints.safety.exposure import GIVEN, MISSED, OUTSIDE
from dashboard.figures.exposure import OTHER_SCALE, EscalationSummary, EventMark, ExposureSummary, Mark, Swimmer
from dashboard.panels.adverse_events import ALL_LABEL
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import (
    count_not_dosed,
    describe_filter,
    describe_filtered_out,
    describe_grade,
    describe_not_dosed,
    describe_possible,
)
from dashboard.safety import (
    find_emergent,
    find_scale,
    table_dosing_weight,
    table_escalation,
    table_exposure,
    table_exposure_summary,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

MAX_ROWS = 90


def summarise_exposure_panel(scene: Scene, subject: str = "") -> ExposureSummary:
    """The dosed participants of the selection by cohort, with every dose, planned or given, and their events under treatment."""
    table = table_exposure(scene)
    names = _shown_names(scene, table)
    swimmers = _swimmers(scene, names[:MAX_ROWS])
    rows = {swimmer.name: row for row, swimmer in enumerate(swimmers)}
    own = table[table["participant"].isin(list(rows))].astype(object).to_dict("records")
    events, scale = find_emergent(scene), find_scale(scene)
    events = events[events["participant"].isin(list(rows))]
    dated = events[events["start_day"].notna()]
    return ExposureSummary(
        swimmers=swimmers,
        marks=tuple(mark for dose in own for mark in _marks(dose, rows)),
        events=tuple(_event(event, rows, swimmers, scale) for event in dated.astype(object).to_dict("records")),
        delays=tuple((rows[d["participant"]], float(d["planned_day"]), float(d["day"])) for d in own if d["state"] == GIVEN and d["delay"]),
        cells=_cells(scene) if names else (),
        groups=tuple(
            (scene.protocol.cohort_keys.index(key), scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)
        ),
        body_words=_describe_body(scene),
        doses=int(table["day"].notna().sum()),
        hidden=max(0, len(names) - MAX_ROWS),
        undated=len(events) - len(dated),
        not_dosed=count_not_dosed(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _shown_names(scene: Scene, table: pd.DataFrame) -> list[str]:
    place = {key: at for at, key in enumerate(scene.protocol.cohort_keys)}
    people = table[["participant", "cohort"]].drop_duplicates("participant")
    names: list[str] = people.assign(place=people["cohort"].map(place)).sort_values("place", kind="stable")["participant"].tolist()
    return names


def _swimmers(scene: Scene, names: list[str]) -> tuple[Swimmer, ...]:
    until, _ = compute_observed_until(scene.analysis)
    of_name = {name: at for at, name in enumerate(scene.analysis.participants["participant"].tolist())}
    return tuple(Swimmer(name, int(scene.cohort_positions[of_name[name]]), float(until[of_name[name]])) for name in names)


def _marks(dose: Mapping[Hashable, Any], rows: Mapping[str, int]) -> list[Mark]:
    """The planned day of a dose, and what became of it."""
    name, state = str(dose["participant"]), str(dose["state"])
    row, marks = rows[name], []
    if not pd.isna(dose["planned_day"]):
        planned = f"{name}: dose {dose['planned_dose']} planned on day {dose['planned_day']}"
        marks.append(Mark(row, float(dose["planned_day"]), "planned", f"{planned}; {state}"))
        if state == MISSED:
            marks.append(Mark(row, float(dose["planned_day"]), "missed", f"{planned}, not given"))
    if state in (GIVEN, OUTSIDE):
        kind = "given" if state == GIVEN else "outside the plan"
        marks.append(Mark(row, float(dose["day"]), kind, _describe_dose(name, dose)))
    return marks


def _describe_dose(name: str, dose: Mapping[Hashable, Any]) -> str:
    percent = f" ({dose['percent']:.0f} % of planned)" if pd.notna(dose["percent"]) else ""
    amount = f"{dose['amount']:g} {dose['amount_unit']}{percent}" if pd.notna(dose["amount"]) else "amount not recorded"
    late = "" if pd.isna(dose["delay"]) else _describe_delay(int(dose["delay"]))
    return f"{name}: dose {dose['dose_number']} on day {dose['day']}{late}, {amount}"


def _describe_delay(delay: int) -> str:
    return f", {count_words(abs(delay), 'day')} {'late' if delay > 0 else 'early'}" if delay else ", on the planned day"


def _event(event: Mapping[Hashable, Any], rows: Mapping[str, int], swimmers: tuple[Swimmer, ...], scale: str) -> EventMark:
    grade = 0 if pd.isna(event["level"]) else int(event["level"]) if event["scale"] == scale else OTHER_SCALE
    row, day, is_partial = rows[str(event["participant"])], float(event["start_day"]), bool(event["partial"])
    start = f"start known to the {event['start_precision']} only, {describe_possible(event)}" if is_partial else f"from day {day:.0f}"
    graded = describe_grade(event["level"], event["scale"])
    words = f"{event['participant']}: {event['term']}, {graded}, {event['relatedness']}, {start}"
    # Where nothing bounds the start, it lies within the observation.
    last = np.fmax(day, swimmers[row].until) if pd.isna(event["latest_start"]) else float(event["latest_start"])
    return EventMark(row, day, grade, is_partial, day if np.isnan(last) else float(last), words)


def _cells(scene: Scene) -> tuple[tuple[str, ...], ...]:
    rows = []
    for dose in table_exposure_summary(scene).to_dict("records"):
        label = ALL_LABEL if dose["cohort"] == ALL_COHORTS else scene.protocol.cohort(dose["cohort"]).label
        texts = {"given": f"{dose['given']}/{dose['of']}"} | {name: str(dose[name]) for name in ("missed", "ended", "not_due", "late")}
        texts["longest_delay"] = "–" if np.isnan(dose["longest_delay"]) else f"{dose['longest_delay']:.0f}"
        texts["percent"] = _amounts(dose)
        where = (dose["planned_dose"], dose["cohort"])
        cells = (link_cell(text, encode_cell("doses", name, *where)) for name, text in texts.items())
        rows.append((f"{label}, dose {dose['planned_dose']}", *cells))
    return tuple(rows)


def _amounts(dose: Mapping[Hashable, Any]) -> str:
    if np.isnan(dose["lowest_percent"]):
        return "–"
    return f"{dose['lowest_percent']:.0f} to {dose['highest_percent']:.0f}{NO_BREAK}%"


def _describe_body(scene: Scene) -> str:
    """The rule for the weight that the dose follows, and for how many it gives none."""
    rule = scene.protocol.safety.body_weight
    if rule is None:
        return "The study definition gives no rule for the weight that the dose follows."
    basis = table_dosing_weight(scene)["basis"].value_counts()
    without = count_words(int(basis.get(NO_FORMULA, 0)), "participant")
    formula = (
        f"by the formula {rule.formula} with factor {rule.factor:g}"
        if rule.formula
        else f"for which the definition names no formula, so none is computed for {without}"
    )
    unknown = int(basis.get(UNKNOWN, 0))
    missing = f" Weight or height is missing for {count_words(unknown, 'participant')}." if unknown else ""
    return f"From a body mass index of {rule.adjusted_from_bmi:g} kg/m² the dose follows the adjusted body weight, {formula}.{missing}"


def describe_exposure(summary: ExposureSummary, scene: Scene) -> Words:
    """What the signs mean, the rule of the weight, and what is not in the figure."""
    caption = (
        "Each line is a dosed participant from the first dose to the end of observation. Thin marks: planned; thick stretches: from the "
        f"planned to the actual day; triangles: first day of adverse events under treatment, darker for a worse grade on "
        f"{find_scale(scene)}{_describe_others(summary)}"
        f"{_describe_partial(summary)}. Late: more than a week after the planned day. {summary.body_words} {describe_filter(scene)} "
        f"{describe_scene(scene)}"
    )
    hidden = (f"{count_words(summary.hidden, 'participant')}: beyond the first {MAX_ROWS} rows",) if summary.hidden else ()
    undated = (f"{count_words(summary.undated, 'event')}: no start date",) if summary.undated else ()
    header = ("Cohort and dose", "Given, n/N", "Missed", "Ended before", "Not due", "Late", "Longest delay, days", "Amount, % of planned")
    shown = f"{count_words(summary.doses, 'dose')} of {count_words(len(summary.swimmers) + summary.hidden, 'participant')}"
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *hidden, *undated)
    return Words(caption, shown, left_out, LEFT_OUT, header if summary.cells else (), summary.cells)


def _describe_others(summary: ExposureSummary) -> str:
    return "; pentagons: graded on another scale, named by the hover" if any(e.grade == OTHER_SCALE for e in summary.events) else ""


def _describe_partial(summary: ExposureSummary) -> str:
    """What hatching means, and where the events with it are listed; nothing without one."""
    partial = sum(event.partial for event in summary.events)
    if not partial:
        return ""
    return (
        f"; {count_words(partial, 'event')} with a start known to the month or year only: open triangle, hatched from the first to the "
        "last possible day, listed with the onsets above"
    )


def summarise_escalation_panel(scene: Scene, subject: str = "") -> EscalationSummary:
    """The board of the cohorts shown; what the definition does not give is said, not guessed."""
    board = table_escalation(scene)
    doses = [name for name in board.columns if name.startswith("dose_")]
    stages = {"planned": "Planned", "enrolled": "Enrolled", **{name: name.replace("_", " ").capitalize() for name in doses}}
    stages |= {"evaluable": "Evaluable"} if board["evaluable"].notna().any() else {}
    rows = board.to_dict("records")
    decisions = tuple(
        f"{scene.protocol.cohort(decision.cohort).label}, {decision.on.isoformat()}: {decision.text} ({decision.source})."
        for decision in select_decisions(scene.analysis)
    )
    return EscalationSummary(
        stages=tuple(stages.values()),
        cohorts=tuple(
            (scene.protocol.cohort_keys.index(row["cohort"]), row["label"], tuple(_or_nan(row[name]) for name in stages)) for row in rows
        ),
        cells=tuple(_board_row(row, doses) for row in rows),
        sentences=(*describe_escalation(scene.protocol), *decisions),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _or_nan(value: Any) -> float:
    return np.nan if pd.isna(value) else float(value)


def _board_row(row: Mapping[Hashable, Any], doses: list[str]) -> tuple[str, ...]:
    names = ("planned", "enrolled", *doses, "evaluable", "limited", "events", "undecided")
    texts = {name: "–" if pd.isna(row[name]) else f"{row[name]:.0f}" for name in names}
    texts["probability"] = "–" if np.isnan(row["probability"]) else f"{100 * row['probability']:.1f}{NO_BREAK}%"
    return (str(row["label"]), *(_board_cell(name, text, row["cohort"]) for name, text in texts.items()))


def _board_cell(column: str, text: str, cohort: str) -> str:
    """A number of the board with what is behind it; behind a plan stands nobody, behind a probability the events that it follows from."""
    if text == "–" or column == "planned":
        return text
    return link_cell(text, encode_cell("board", "limited" if column in ("events", "probability") else column, cohort))


def describe_board(summary: EscalationSummary, scene: Scene) -> Words:
    """Rule, target, decisions, or that the definition gives none."""
    doses = [stage for stage in summary.stages if stage.startswith("Dose ")]
    header = ("Cohort", "Planned", "Enrolled", *doses, "Evaluable", "With dose-limiting event", "Events", "Undecided", "P(rate > target)")
    caption = f"{' '.join(summary.sentences)} “–”: not given by the study definition. {describe_scene(scene)}"
    return Words(caption, f"{count_words(scene.n, 'participant')} enrolled", (), "", header, summary.cells)
