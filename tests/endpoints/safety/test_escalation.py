from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.safety.escalation import (
    NO_DECISIONS,
    NO_RULE,
    NO_TARGET,
    compute_probability_above,
    describe_escalation,
    select_decisions,
    select_dose_limiting,
    select_undecided,
    summarise_doses,
    summarise_escalation,
)
from dashboard.study.protocol import StudyProtocol
from dashboard.study.safety import DoseLimiting, EscalationDecision, EscalationTarget
from tests.endpoints.builders import everyone, protocol
from tests.endpoints.safety.trial import analyse, derived, event, of_row, study

ORACLE = pd.read_csv(Path(__file__).parents[2] / "oracles" / "beta.csv")
RULE = DoseLimiting(
    text="a related event of grade 3 or higher within 28 days of the first dose", scale="ctcae-5", min_grade=3, window_days=28,
    except_terms=("Lymphocyte count increased",), source="made for this test",
)  # fmt: skip
TARGET = EscalationTarget(rate=0.25, prior_alpha=0.5, prior_beta=0.5, source="made for this test")


def _ruled() -> StudyProtocol:
    return study(dose_limiting=RULE, target=TARGET)


def test_the_posterior_probability_is_that_of_r() -> None:
    found = []
    for row in ORACLE.itertuples():
        target = EscalationTarget(rate=row.target, prior_alpha=row.alpha, prior_beta=row.beta, source="R")
        found.append(compute_probability_above(row.limited, row.evaluable, target))
    assert len(ORACLE) > 200
    np.testing.assert_allclose(found, ORACLE["probability"], rtol=1e-10)


def test_after_one_of_three_with_a_flat_prior_the_probability_is_the_one_by_hand() -> None:
    # Beta(2, 3): 1 − F(1/4) = P(at most one of four uniform numbers below 1/4) = (3/4)^4 + 4 · 1/4 · (3/4)^3 = 189/256.
    flat = EscalationTarget(rate=0.25, prior_alpha=1.0, prior_beta=1.0, source="made for this test")
    assert compute_probability_above(1, 3, flat) == pytest.approx(189 / 256, abs=1e-12)
    with pytest.raises(ValueError, match="4 of 3"):
        compute_probability_above(4, 3, flat)


def test_without_a_rule_nothing_is_counted_and_the_board_says_so() -> None:
    analysis = analyse({"a": {"cohort": "240"}})
    events = derived(analysis, event("a", grade="5", relation="DEFINITE"))
    board = summarise_escalation(analysis, events, everyone(analysis))
    assert board[["cohort", "planned", "enrolled", "dosed"]].to_numpy().tolist() == [
        ["240", 10, 1, 1],
        ["480", 10, 0, 0],
        ["720", 10, 0, 0],
    ]
    assert board[["evaluable", "limited", "events", "undecided", "probability"]].isna().all(axis=None)
    assert select_dose_limiting(events, protocol()).empty
    assert select_undecided(events, protocol()).empty
    assert describe_escalation(protocol()) == (NO_RULE, NO_TARGET, NO_DECISIONS)


PERSONS = {
    "a": {"cohort": "240"},
    "b": {"cohort": "240", "status": "withdrawn", "last_day": 27},  # left a day before the window ended
    "c": {"cohort": "240", "status": "withdrawn", "last_day": 10},  # left, but with a dose-limiting event
    "d": {"cohort": "480", "status": "withdrawn", "last_day": 28},
    "e": {"cohort": "480"},
    "f": {"cohort": "720"},
}


def test_the_rule_decides_which_events_limit_the_dose() -> None:
    analysis = analyse(PERSONS, using=_ruled(), doses={"e": (), "a": (0, 84)})
    high = {"grade": "3", "relation": "POSSIBLE"}
    events = derived(
        analysis,
        event("a", 28, **high),
        event("a", 29, **high),
        event("a", 84, **high),
        event("a", 5, grade="2", relation="POSSIBLE"),
        event("a", 5, grade="4", relation="UNLIKELY"),
        event("a", 5, **high, term="Lymphocyte count increased"),
        event("c", 1, **high),
        event("c", 2, **high),
        event("d", 1, grade="4", relation="POSSIBLE", grading_scale="DAIDS 2.1"),
        event("d", 1, grade="", relation="POSSIBLE"),
        event("f", -18, **high, start_precision="month"),
    )
    assert select_dose_limiting(events, analysis.protocol).index.tolist() == [0, 6, 7]
    assert select_undecided(events, analysis.protocol).index.tolist() == [9, 10]
    board = summarise_escalation(analysis, events, everyone(analysis))
    columns = ["cohort", "enrolled", "dosed", "evaluable", "limited", "events", "undecided"]
    assert board[columns].to_numpy().tolist() == [["240", 3, 3, 2, 2, 3, 0], ["480", 2, 1, 1, 0, 0, 1], ["720", 1, 1, 1, 0, 0, 1]]
    assert board["probability"].tolist() == [compute_probability_above(*pair, TARGET) for pair in ((2, 2), (0, 1), (0, 1))]


def test_the_window_may_belong_to_a_later_dose() -> None:
    using = study(dose_limiting=RULE.model_copy(update={"dose": 2}))
    analysis = analyse({"a": {"cohort": "240"}, "b": {"cohort": "240"}}, using=using, doses={"a": (0, 84), "b": (0,)})
    events = derived(analysis, event("a", 90, grade="3", relation="POSSIBLE"), event("b", 5, grade="3", relation="POSSIBLE"))
    row = of_row(summarise_escalation(analysis, events, everyone(analysis)), cohort="240")
    assert (row["evaluable"], row["limited"]) == (1, 1)
    assert np.isnan(row["probability"])


def test_doses_are_counted_by_their_number_in_the_plan() -> None:
    # b's second dose is an extra one a week after the first, and no planned dose.
    analysis = analyse({"a": {"cohort": "240"}, "b": {"cohort": "240"}}, doses={"a": (0, 105, 170), "b": (0, 7)})
    table = summarise_doses(analysis, everyone(analysis))
    assert table[table["cohort"] == "240"][["dose", "n"]].to_numpy().tolist() == [[1, 2], [2, 1], [3, 1]]


def test_decisions_are_shown_up_to_the_cut() -> None:
    late, early = (EscalationDecision(cohort="240", on=date(2026, 1, day), text="open 480", source="minutes") for day in (2, 1))
    analysis = analyse({"a": {"cohort": "240"}}, using=study(decisions=(late, early), dose_limiting=RULE, target=TARGET))
    assert select_decisions(analysis) == (early,)
    assert describe_escalation(analysis.protocol) == (
        "Dose-limiting: a related event of grade 3 or higher within 28 days of the first dose (made for this test).",
        "Target rate 25 %, prior Beta(0.5, 0.5) (made for this test).",
    )
