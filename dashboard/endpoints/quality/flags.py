"""The list of flags; all of them derived from a snapshot, and summarised. A flag says something about data and never changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import compute_codes
from dashboard.endpoints.quality.absent_visits import derive_absent_visits
from dashboard.endpoints.quality.below_limit import derive_below_limit
from dashboard.endpoints.quality.claims import derive_claim_disagrees
from dashboard.endpoints.quality.different_values import derive_different_values
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE, derive_dose_amount, derive_dose_day, derive_missed_dose
from dashboard.endpoints.quality.labels import derive_label_disagrees, derive_out_of_window
from dashboard.endpoints.quality.missing import derive_no_baseline, derive_no_day
from dashboard.endpoints.quality.outside import derive_after_cut, derive_before_screening
from dashboard.endpoints.quality.rows import QUALITY_COLUMNS, Evidence
from dashboard.endpoints.quality.subsets import derive_subsets_above_total
from dashboard.endpoints.quality.unit_slips import derive_unit_slips
from dashboard.endpoints.records import Analysis
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.study.columns import ANALYTE, ATTENDANCE_COLUMNS, CLAIM_COLUMNS, DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW

SUMMARY_COLUMNS: dict[str, str] = {
    "code": "str",
    "title": "str",
    "sentence": "str",
    "rows": "int64",
    "findings": "int64",
    "participants": "int64",
}


@dataclass(frozen=True)
class Flag:
    """A flag: its code in addresses and tables, a sentence that says when it is raised, and its derivation."""

    code: str
    sentence: str
    derive: Callable[[Evidence], pd.DataFrame]

    @property
    def title(self) -> str:
        """The flag's name for a reader."""
        return QUALITY_FLAGS[self.code]


FLAGS = (
    Flag(
        "subsets-above-total",
        "CD4, CD8, B and NK cells of one day add up to more than 120 % of the absolute lymphocyte count.",
        derive_subsets_above_total,
    ),
    Flag(
        "unit-slip",
        "A value is about ten, a hundred or a thousand times both neighbouring values, or as many times smaller.",
        derive_unit_slips,
    ),
    Flag(
        "different-values",
        "One participant and analyte has different values on one day; all are kept, and their mean enters calculations.",
        derive_different_values,
    ),
    Flag(
        "below-limit",
        "The laboratory reported the value as below its limit; half of the limit enters calculations.",
        derive_below_limit,
    ),
    Flag("before-screening", "A count is dated before the participant's screening.", derive_before_screening),
    Flag("after-cut", "A count or a dose is dated after the data cut.", derive_after_cut),
    Flag(
        "label-disagrees",
        "The label names one planned visit, the day belongs to another, which counts; windows move with late doses.",
        derive_label_disagrees,
    ),
    Flag(
        "visit-absent",
        "A planned visit was due at the data cut, the participant was under observation, and there is no count.",
        derive_absent_visits,
    ),
    Flag(
        "out-of-window",
        "A count lies in the window of no planned visit although it is not marked as unscheduled.",
        derive_out_of_window,
    ),
    Flag(
        "dose-day",
        f"A dose was given more than {DOSE_TOLERANCE} days earlier or later than planned.",
        derive_dose_day,
    ),
    Flag(
        "dose-missed",
        f"A planned dose was not given, more than {DOSE_TOLERANCE} days before the data cut and under observation.",
        derive_missed_dose,
    ),
    Flag("dose-amount", "A dose is not the amount planned for the cohort.", derive_dose_amount),
    Flag("no-day", "The participant was not dosed, or the count has no date: it has no day.", derive_no_day),
    Flag("no-baseline", "A dosed participant has no value of an analyte that could be the baseline.", derive_no_baseline),
    Flag(
        "claim-disagrees",
        "A baseline, change or visit that the delivery states differs from the one derived here, which is the one shown.",
        derive_claim_disagrees,
    ),
)


def derive_quality(analysis: Analysis, claims: pd.DataFrame | None = None, attendance: pd.DataFrame | None = None) -> pd.DataFrame:
    """QUALITY_COLUMNS: every flag of a snapshot, in the order of FLAGS, then participant, analyte, day, visit and source.

    `claims` and `attendance` are the snapshot's record tables `claim` and `attendance` (none: nothing delivered of the kind). A record
    has one row for each flag it raises. The flags do not depend on any view but on the baseline rule of the analysis.
    """
    evidence = Evidence(analysis, _or_empty(claims, CLAIM_COLUMNS), _or_empty(attendance, ATTENDANCE_COLUMNS))
    parts = [flag.derive(evidence).assign(code=flag.code) for flag in FLAGS]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True).astype({"code": "str"})
    return _in_order(frame[list(QUALITY_COLUMNS)].astype(QUALITY_COLUMNS), evidence)


def summarise_quality(quality: pd.DataFrame) -> pd.DataFrame:
    """SUMMARY_COLUMNS: one row per flag of FLAGS, also for those that nothing raises.

    rows counts records (or absent things), findings the different sentences by participant (the records of one day whose subsets
    exceed the total are one finding), participants those with a row.
    """
    of_code = quality.groupby("code")
    rows, people = of_code.size(), of_code[PARTICIPANT].nunique()
    findings = quality.drop_duplicates(["code", PARTICIPANT, "sentence"]).groupby("code").size()
    words = [(flag.code, flag.title, flag.sentence) for flag in FLAGS]
    counts = [[int(number.get(flag.code, 0)) for number in (rows, findings, people)] for flag in FLAGS]
    frame = pd.DataFrame([(*word, *count) for word, count in zip(words, counts, strict=True)], columns=list(SUMMARY_COLUMNS))
    return frame.astype(SUMMARY_COLUMNS)


def _or_empty(frame: pd.DataFrame | None, columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()}) if frame is None else frame


def _in_order(frame: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    protocol, people = evidence.protocol, evidence.analysis.participants[PARTICIPANT].tolist()
    keys = [
        frame[SOURCE_ROW].to_numpy(dtype=np.int64, na_value=0),
        pd.factorize(frame[SOURCE_FILE], sort=True)[0],
        compute_codes(frame["visit"], ("", *protocol.visit_keys), "visits"),
        frame[DAY].to_numpy(dtype=np.int64, na_value=0),
        compute_codes(frame[ANALYTE], ("", *protocol.analyte_keys), "analytes"),
        compute_codes(frame[PARTICIPANT], people, "participants"),
        compute_codes(frame["code"], [flag.code for flag in FLAGS], "flags"),
    ]
    return frame.iloc[np.lexsort(keys)].reset_index(drop=True)
