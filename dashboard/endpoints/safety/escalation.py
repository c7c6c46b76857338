"""The dose escalation board: who was dosed, who had a dose-limiting event, and how probable a rate above the target is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betainc

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.wording import plain_word
from dashboard.study.columns import COHORT, DAY, DOSE_NUMBER, DOSED
from dashboard.study.protocol import StudyProtocol
from dashboard.study.safety import DoseLimiting, EscalationDecision, EscalationTarget

NO_RULE = "The study definition gives no rule for a dose-limiting event, so none is counted."
NO_TARGET = "The study definition gives no target rate of dose-limiting events, so no probability is computed."
NO_DECISIONS = "The study definition gives no decisions."
# One row per cohort. planned, evaluable, limited (participants with a dose-limiting event), events and undecided (participants
# with an event that would be dose-limiting if its day or grade were known) are missing where the definition gives no plan or rule;
# probability (rate above the target) is NaN without rule or target.
BOARD_COLUMNS: dict[str, str] = {
    COHORT: "str", "label": "str", "planned": "Int64", "enrolled": "int64", "dosed": "int64", "evaluable": "Int64", "limited": "Int64",
    "events": "Int64", "undecided": "Int64", "probability": "float64",
}  # fmt: skip
DOSES_COLUMNS: dict[str, str] = {COHORT: "str", "dose": "int64", "n": "int64"}


def compute_probability_above(limited: int, evaluable: int, target: EscalationTarget) -> float:
    """Posterior probability that the rate exceeds target.rate: 1 − I(rate; α + limited, β + evaluable − limited).

    The prior is Beta(α, β). Without anybody evaluable it is the prior's. ValueError when `limited` is not within 0 … evaluable.
    """
    if not 0 <= limited <= evaluable:
        raise ValueError(f"{limited} of {evaluable} is not a proportion")
    # The upper tail by its mirror image: 1 − I would lose the digits of a small probability.
    return float(betainc(target.prior_beta + evaluable - limited, target.prior_alpha + limited, 1 - target.rate))


@dataclass(frozen=True)
class Board:
    """Who could be counted on the board, whoever is selected: the flags of `derive_escalation`, and who received each planned dose.

    `limiting` is the row of the participant of each dose-limiting event; None without a rule.
    """

    flags: Mapping[str, Flags]
    doses: Mapping[int, Flags]
    limiting: Ints | None


def summarise_escalation(analysis: Analysis, events: pd.DataFrame, mask: Flags) -> pd.DataFrame:
    """BOARD_COLUMNS of the participants that `mask` marks, in the order of the cohorts.

    evaluable: received the dose the rule names and had a dose-limiting event, or was under observation to the end of its window.
    """
    protocol = analysis.protocol
    counts = count_board(derive_board(analysis, events), analysis, mask)
    head = {COHORT: protocol.cohort_keys, "label": [cohort.label for cohort in protocol.cohorts]}
    board = pd.DataFrame({**head, "planned": [cohort.planned for cohort in protocol.cohorts], **counts})
    for name in ("evaluable", "limited", "events", "undecided"):
        board[name] = counts.get(name)
    return board.assign(probability=compute_probabilities(counts, protocol))[list(BOARD_COLUMNS)].astype(BOARD_COLUMNS)


def derive_board(analysis: Analysis, events: pd.DataFrame) -> Board:
    """Everybody who could be counted; `events` are EVENT_COLUMNS."""
    flags = derive_escalation(analysis, events, np.ones(len(analysis.participants), dtype=bool))
    numbers = sorted(dose.number for dose in analysis.protocol.exposure.planned)
    limiting = select_dose_limiting(events, analysis.protocol)["participant_index"].to_numpy(dtype=np.int64) if "limited" in flags else None
    return Board(flags, {number: derive_dosed_with(analysis, number) for number in numbers}, limiting)


def count_board(board: Board, analysis: Analysis, mask: Flags) -> dict[str, list[int]]:
    """By cohort of the protocol the participants that `mask` marks under each name of the flags, under `dose_` and each number, and
    their dose-limiting events under `events`."""
    named = {**board.flags, **{f"dose_{number}": flags for number, flags in board.doses.items()}}
    counts = {name: _by_cohort(analysis, flags & mask) for name, flags in named.items()}
    if board.limiting is not None:
        inside = board.limiting[(board.flags["dosed"] & mask)[board.limiting]]
        counts["events"] = np.bincount(analysis.cohort_codes[inside], minlength=len(analysis.protocol.cohorts)).tolist()
    return counts


def derive_escalation(analysis: Analysis, events: pd.DataFrame, mask: Flags) -> dict[str, Flags]:
    """Whom each column of the board counts: enrolled and dosed, and with a rule evaluable, limited and undecided; rows of participants."""
    dosed, rule = analysis.participants[DOSED].to_numpy() & mask, analysis.protocol.safety.dose_limiting
    flags = {"enrolled": mask, "dosed": dosed}
    if rule is None:
        return flags
    limited, doubtful = (np.zeros(len(mask), dtype=bool) for _ in range(2))
    limited[select_dose_limiting(events, analysis.protocol)["participant_index"]] = True
    doubtful[select_undecided(events, analysis.protocol)["participant_index"]] = True
    limited &= dosed
    evaluable = dosed & (limited | _was_watched(analysis, rule))
    return flags | {"evaluable": evaluable, "limited": limited, "undecided": doubtful & dosed & ~limited}


def summarise_doses(analysis: Analysis, mask: Flags) -> pd.DataFrame:
    """DOSES_COLUMNS: participants of each cohort who received each planned dose, whatever the day."""
    rows = []
    for number in sorted(dose.number for dose in analysis.protocol.exposure.planned):
        counted = zip(analysis.protocol.cohort_keys, _by_cohort(analysis, derive_dosed_with(analysis, number) & mask), strict=True)
        rows += [(cohort, number, n) for cohort, n in counted]
    return pd.DataFrame(rows, columns=list(DOSES_COLUMNS)).astype(DOSES_COLUMNS)


def derive_dosed_with(analysis: Analysis, number: int) -> Flags:
    """Which participants received the planned dose of that number."""
    doses = analysis.doses
    given = np.zeros(len(analysis.participants), dtype=bool)
    given[doses["participant_index"].to_numpy()[(doses["planned_dose"] == number).fillna(False).to_numpy(dtype=bool)]] = True
    return given


def select_dose_limiting(events: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """The events (EVENT_COLUMNS) that the rule of the definition calls dose-limiting; none without a rule."""
    rule = protocol.safety.dose_limiting
    if rule is None:
        return events.iloc[:0]
    return events[_could_limit(events, protocol, rule) & _is_high(events, rule) & _is_in_window(events, rule)]


def select_undecided(events: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """The events that would be dose-limiting if the day of the start, or the grade, were known; none without a rule."""
    rule = protocol.safety.dose_limiting
    if rule is None:
        return events.iloc[:0]
    timed, graded = events["days_since_dose"].notna(), events["level"].notna()
    possible = (~timed | _is_in_window(events, rule)) & (~graded | _is_high(events, rule))
    return events[_could_limit(events, protocol, rule) & possible & ~(timed & graded)]


def select_decisions(analysis: Analysis) -> tuple[EscalationDecision, ...]:
    """The decisions up to the data cut, oldest first."""
    cut = analysis.data.snapshot.cut_date
    known = [decision for decision in analysis.protocol.safety.decisions if decision.on <= cut]
    return tuple(sorted(known, key=lambda decision: decision.on))


def describe_escalation(protocol: StudyProtocol) -> tuple[str, ...]:
    """Rule, target and decisions in sentences; what the definition does not give is said."""
    safety = protocol.safety
    rule = f"Dose-limiting: {safety.dose_limiting.text} ({safety.dose_limiting.source})." if safety.dose_limiting else NO_RULE
    target = NO_TARGET
    if safety.target:
        prior = f"Beta({safety.target.prior_alpha:g}, {safety.target.prior_beta:g})"
        target = f"Target rate {100 * safety.target.rate:g} %, prior {prior} ({safety.target.source})."
    return (rule, target) if safety.decisions else (rule, target, NO_DECISIONS)


def compute_probabilities(counts: Mapping[str, Sequence[int]], protocol: StudyProtocol) -> list[float]:
    """By cohort of the protocol the probability of a rate above the target; NaN without rule or target."""
    target = protocol.safety.target
    if target is None or "evaluable" not in counts:
        return [np.nan] * len(protocol.cohorts)
    pairs = zip(counts["limited"], counts["evaluable"], strict=True)
    return [compute_probability_above(limited, evaluable, target) for limited, evaluable in pairs]


def _by_cohort(analysis: Analysis, flags: Flags) -> list[int]:
    return [int(n) for n in np.bincount(analysis.cohort_codes[flags], minlength=len(analysis.protocol.cohorts))]


def _was_watched(analysis: Analysis, rule: DoseLimiting) -> Flags:
    """Received the dose, and was under observation on the last day of its window."""
    until, _ = compute_observed_until(analysis)
    doses = analysis.doses[analysis.doses[DOSE_NUMBER] == rule.dose]
    end = np.full(len(until), np.inf)
    end[doses["participant_index"]] = doses[DAY] + rule.window_days
    watched: Flags = until >= end
    return watched


def _could_limit(events: pd.DataFrame, protocol: StudyProtocol, rule: DoseLimiting) -> pd.Series:
    """Emergent, of the scale (or without a grade), related where the rule asks for it, and not excepted."""
    excepted = {plain_word(term) for term in rule.except_terms}
    scaled = (events["scale"] == protocol.safety.scale(rule.scale).label) | events["level"].isna()
    return events["emergent"] & scaled & (events["related"] | (not rule.related)) & ~events["term"].map(plain_word).isin(excepted)


def _is_high(events: pd.DataFrame, rule: DoseLimiting) -> pd.Series:
    return (events["level"] >= rule.min_grade).fillna(False).astype(bool)


def _is_in_window(events: pd.DataFrame, rule: DoseLimiting) -> pd.Series:
    inside = (events[DOSE_NUMBER] == rule.dose) & (events["days_since_dose"] <= rule.window_days)
    return inside.fillna(False).astype(bool)
