"""The counts of participants who are alike in what treatment did to their antibodies to the drug.

The groups are known only when the whole course is: a participant is in one group at every visit, those before the antibodies appeared
included. A difference between groups is therefore described, never explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_names
from dashboard.endpoints.exploratory.immunogenicity import BOOSTED, INDUCED, KINDS, NEGATIVE, UNCHANGED, UNKNOWN, select_ada_status
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.summaries import STATISTICS, select_analysed, summarise_groups
from dashboard.study.columns import DAY, VALUE

# Group to the statuses in it. Who is not evaluable is in none.
ADA_GROUPS: Mapping[str, tuple[str, ...]] = {
    "emergent": (INDUCED, BOOSTED),
    "positive-before": (UNCHANGED, UNKNOWN),
    "negative": (NEGATIVE,),
}


@dataclass(frozen=True)
class AdaCourses:
    """The rows of `derive_ada_courses` of all participants, and where each stands: kind (KINDS), group (ADA_GROUPS), visit, participant."""

    rows: pd.DataFrame = field(repr=False)
    kind: Ints = field(repr=False)
    group: Ints = field(repr=False)
    visit: Ints = field(repr=False)
    person: Ints = field(repr=False)
    value: Floats = field(repr=False)


def place_ada_courses(courses: pd.DataFrame, visits: Sequence[str]) -> AdaCourses:
    """`courses` of `derive_ada_courses` at the named visits, with their places."""
    known = {"kind": KINDS, "group": tuple(ADA_GROUPS), "visit": visits}
    kind, group, visit = (_find_places(courses[column], names) for column, names in known.items())
    return AdaCourses(courses, kind, group, visit, courses["participant_index"].to_numpy(), courses[VALUE].to_numpy(dtype=np.float64))


def derive_ada_groups(status: pd.DataFrame, kind: str) -> pd.Series:
    """The group (key of ADA_GROUPS, "" for not evaluable) of every enrolled participant for one of KINDS, in the order of the participants.

    `status` is that of `derive_ada_status`.
    """
    of_status = {name: group for group, names in ADA_GROUPS.items() for name in names}
    return select_ada_status(status, kind).map(of_status).fillna("").astype("str")


def derive_ada_courses(analysis: Analysis, status: pd.DataFrame, selected: Flags, analyte: str, visits: Sequence[str]) -> pd.DataFrame:
    """The analysed value of `analyte` at every named visit, of the selected participants with a group; once for each of KINDS.

    kind, group, participant_index (int64), visit, day (Int64), value (cells/µL). By kind, group, visit and participant.
    """
    rows = select_analysed(analysis, selected, analyte, visits)
    groups = list(ADA_GROUPS)
    tables = []
    for kind in KINDS:
        own = derive_ada_groups(status, kind).map({key: place for place, key in enumerate(groups)}).fillna(-1).to_numpy(dtype=np.int64)
        place = own[rows["participant_index"].to_numpy()]
        tables.append(_order(rows.assign(kind=kind, group_place=place)[place >= 0], groups, visits))
    columns = {"kind": "str", "group": "str", "participant_index": "int64", "visit": "str", DAY: "Int64", VALUE: "float64"}
    return pd.concat(tables, ignore_index=True)[list(columns)].astype(columns)


def summarise_ada_courses(courses: pd.DataFrame, visits: Sequence[str]) -> pd.DataFrame:
    """kind, group, visit and the STATISTICS of the values: rows for each of KINDS, ADA_GROUPS and named visit, also where n = 0."""
    groups, placed = list(ADA_GROUPS), place_ada_courses(courses, visits)
    sizes = (len(KINDS), len(groups), len(visits))
    cell: Ints = np.ravel_multi_index((placed.kind, placed.group, placed.visit), sizes).astype(np.int64)
    table = summarise_groups(placed.value, cell, int(np.prod(sizes)), placed.value)
    of_kind, of_group, of_visit = (places.ravel() for places in np.indices(sizes))
    keys = {"kind": encode_names(of_kind, KINDS), "group": encode_names(of_group, groups), "visit": encode_names(of_visit, visits)}
    return table.assign(**keys)[[*keys, *STATISTICS]]


def _find_places(names: pd.Series, known: Sequence[str]) -> Ints:
    return pd.Index(list(known)).get_indexer(pd.Index(names)).astype(np.int64)


def _order(rows: pd.DataFrame, groups: Sequence[str], visits: Sequence[str]) -> pd.DataFrame:
    place, visit = rows["group_place"].to_numpy(), rows["visit_code"].to_numpy()
    order = np.lexsort((rows["participant_index"].to_numpy(), visit, place))
    named = rows.assign(group=encode_names(place, groups), visit=encode_names(visit, visits))
    return named.iloc[order]
