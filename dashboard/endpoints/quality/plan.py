"""Where each planned visit of each participant lies, and which planned visit each count belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, compute_day_key, read_days
from dashboard.endpoints.quality.words import OPEN
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.visits import NO_VISIT, compute_visit_shift
from dashboard.study.columns import ANALYTE, DAY, MARKED_UNSCHEDULED, VALUE, VISIT_LABEL
from dashboard.study.protocol import StudyProtocol


@dataclass(frozen=True)
class VisitDays:
    """Target, first and last day of every visit (column) of every participant (row), moved with actual doses; low OPEN = open."""

    target: Ints = field(repr=False)
    low: Ints = field(repr=False)
    high: Ints = field(repr=False)


@dataclass(frozen=True)
class Places:
    """The counts of an analysis as arrays, one entry per row of `Analysis.counts`; positions in the protocol, −1 for none.

    person     row in `Analysis.participants`
    analyte    analyte
    cell_day   participant, analyte and day in one sortable number; only where `placed`
    day        day, 0 where there is none; `dated` says where there is one
    value      cells/µL
    placed     has a day and a value, so that it can be assigned to a visit
    visit      visit by day
    labelled   visit that the delivered label names; none for a record marked unscheduled at source
    member     visit whose cell of the calendar the record is counted in: the visit by day unless the record is unscheduled there;
               else, for a record in no window, the visit its label names. A record in no cell is unscheduled
    """

    person: Ints = field(repr=False)
    analyte: Ints = field(repr=False)
    cell_day: Ints = field(repr=False)
    day: Ints = field(repr=False)
    dated: Flags = field(repr=False)
    value: Floats = field(repr=False)
    placed: Flags = field(repr=False)
    visit: Ints = field(repr=False)
    labelled: Ints = field(repr=False)
    member: Ints = field(repr=False)


def compute_visit_plan(analysis: Analysis) -> VisitDays:
    """The planned visits of everyone in days since the first dose; a participant without doses keeps the days of the plan."""
    visits = analysis.protocol.visits
    shift = compute_visit_shift(analysis.doses, len(analysis.participants), analysis.protocol)
    low = np.array([OPEN if visit.low is None else visit.low for visit in visits], dtype=np.int64)
    target, high = (np.array([getattr(visit, name) for visit in visits], dtype=np.int64) for name in ("target", "high"))
    return VisitDays(target + shift, low + shift, high + shift)


def compute_label_visit(labels: pd.Series, protocol: StudyProtocol) -> Ints:
    """Position of the planned visit that each delivered label names, −1 for none.

    A label names a visit when it equals one of its aliases, its label or its key, regardless of case and of spaces around it.
    """
    names: dict[str, int] = {}
    for position, visit in enumerate(protocol.visits):
        for name in (*visit.aliases, visit.label, visit.key):
            names.setdefault(name.strip().casefold(), position)
    codes, texts = pd.factorize(labels)
    known = np.array([names.get(str(text).strip().casefold(), NO_VISIT) for text in texts], dtype=np.int64)
    return np.r_[known, NO_VISIT][codes]


def derive_places(analysis: Analysis) -> Places:
    """Where each count of `analysis` belongs; see `Places`."""
    counts, protocol = analysis.counts, analysis.protocol
    day, dated = read_days(counts[DAY])
    value = counts[VALUE].to_numpy()
    person, analyte = counts["participant_index"].to_numpy(), compute_codes(counts[ANALYTE], protocol.analyte_keys, "analytes")
    visit = compute_visit_codes(counts["visit"], protocol)
    marked = counts[MARKED_UNSCHEDULED].to_numpy()
    labelled = np.where(marked, NO_VISIT, compute_label_visit(counts[VISIT_LABEL], protocol))
    kept = np.where(counts["unscheduled"].to_numpy(), NO_VISIT, visit)
    return Places(
        person=person,
        analyte=analyte,
        cell_day=compute_day_key(person * len(protocol.analytes) + analyte, day),
        day=day,
        dated=dated,
        value=value,
        placed=dated & ~np.isnan(value),
        visit=visit,
        labelled=labelled,
        member=np.where(visit == NO_VISIT, labelled, kept),
    )


def compute_visit_codes(keys: pd.Series, protocol: StudyProtocol) -> Ints:
    """Position of each visit key in the protocol, −1 for the empty string."""
    return pd.Index(pd.Series(protocol.visit_keys, dtype="str")).get_indexer(pd.Index(keys)).astype(np.int64)
