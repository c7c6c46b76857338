"""Counts of lymphocytes after the infusion, in the laboratories' units: T-cell aplasia, expansion of CD7⁻ T cells, transplant, recovery.

The abstract gives no count. That CD7⁺ T cells are gone from blood by day 11 and CD7⁻ T cells expand is known of seven participants given
other CD7 CAR-T cells (Clin Cancer Res 2023;29:1484); every number here is an assumption. Between two visits no count changes so far that
it could be taken for a slip of the unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.pooled.drawing import Floats, Ints
from dashboard.simulate.pooled.pool import Pool, shape_pooled, write_study_days

# Typical counts (cells/µL) without a transplant, one for each of TARGETS.
_TYPICAL: dict[str, tuple[float, ...]] = {
    "cd7pos": (60, 30, 13, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 6, 16, 40, 80),
    "cd7neg": (8, 11, 25, 85, 190, 260, 240, 200, 200, 260, 360, 430, 480),
    "b": (60, 48, 40, 36, 38, 46, 56, 75, 95, 140, 190, 220, 240),
    "nk": (80, 45, 26, 19, 22, 34, 48, 75, 95, 130, 160, 175, 185),
}
# Days since a transplant, and typical counts on them; straight lines between them on the log scale. Between conditioning and
# engraftment there are no lymphocytes to count.
_DAYS_AFTER = (15, 45, 120, 240, 420, 600)
_AFTER: dict[str, tuple[float, ...]] = {
    "cd7pos": (14, 25, 45, 80, 140, 220),
    "cd7neg": (100, 150, 220, 300, 380, 430),
    "b": (22, 32, 70, 130, 190, 230),
    "nk": (60, 95, 140, 165, 180, 185),
}
_CONDITIONING, _ENGRAFTED, _NOTHING = -7, 15, 0.05
# Share of CD4 and CD8 cells among T cells, one for each of TARGETS.
_CD4_SHARE = (0.50, 0.46, 0.40, 0.30, 0.26, 0.26, 0.28, 0.30, 0.32, 0.36, 0.42, 0.45, 0.46)
_OTHER_T, _OTHER_CELLS = 0.05, 0.08
# Spread of the logarithm: between participants, of one day, of one kind of cell on one day.
_BETWEEN, _DAY, _OWN = 0.4, 0.10, 0.07
# CD7⁻ T cells of those with a cytokine release of grade 3 or more expand this much more.
_SEVERE_EXPANSION = 1.6
_TOTAL_LIMIT, _SUBSET_LIMIT = 0.02, 1.0  # 10^9/L; cells/µL
_TESTS = {
    "cd3": ("TLYCE", "T-Lymphocytes", "8122-4"),
    "cd4": ("TLYH", "TLym Help", "24467-3"),
    "cd8": ("TLC", "TLym Cytx", "14135-8"),
    "cd7pos": ("TCD7POS", "CD7+ T-Lymphocytes", ""),
    "cd7neg": ("TCD7NEG", "CD7- T-Lymphocytes", ""),
    "b": ("BLYCE", "B-Lymphocytes", "8116-6"),
    "nk": ("NKCE", "Natural Killer Cells", "9728-7"),
}
_RESULT = ("TESTCD", "TEST", "CAT", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU", "SPEC", "METHOD", "LOINC")


def measure_counts(pool: Pool, visits: pd.DataFrame, severe: np.ndarray, stream: np.random.Generator) -> pd.DataFrame:
    """One row per visit and a column per count, cells/µL: alc, cd3, cd4, cd8, cd7pos, cd7neg, b, nk.

    `visits` has person, number and day; `severe` says who had a cytokine release of grade 3 or more.
    """
    person, day = visits["person"].to_numpy(), visits["day"].to_numpy(dtype=float)
    together = _DAY * stream.standard_normal(len(visits))
    since = day - pool.courses["transplant"].to_numpy(dtype=float)[person]
    place, cells = visits["number"].to_numpy() - 1, {}
    for kind in _TYPICAL:
        own = _BETWEEN * stream.standard_normal(pool.size)[person] + _OWN * stream.standard_normal(len(visits))
        expanded = np.where(severe[person] & (day >= 7) & (kind == "cd7neg"), np.log(_SEVERE_EXPANSION), 0.0)
        cells[kind] = np.exp(_typical(kind, place, since, expanded) + own + together)
    cd3 = cells["cd7pos"] + cells["cd7neg"]
    share = np.array(_CD4_SHARE)[place] * np.exp(0.05 * stream.standard_normal(len(visits)))
    total = (cd3 + cells["b"] + cells["nk"]) * (1 + _OTHER_CELLS) * np.exp(0.03 * stream.standard_normal(len(visits)))
    return pd.DataFrame({"alc": total, "cd3": cd3, "cd4": share * cd3, "cd8": (1 - _OTHER_T - share) * cd3, **cells})


def write_counts(pool: Pool, visits: pd.DataFrame, counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """LB (lymphocytes, 10^9/L) and CP (the kinds, cells/µL by flow cytometry), one row per visit and kind; below the limit as `<limit`."""
    person, day = visits["person"].to_numpy(), visits["day"].to_numpy()
    common = pd.DataFrame(
        {
            "person": person,
            "SPEC": "BLOOD",
            "VISITNUM": visits["number"],
            "VISIT": visits["visit"],
            "DTC": pool.write_dates(person, day),
            "DY": write_study_days(day),
        }
    )
    total = (counts["alc"] / 1000).round(2)
    lymphocytes = common.assign(TESTCD="LYM", TEST="Lymphocytes", CAT="HEMATOLOGY", METHOD="", LOINC="26474-7")
    lymphocytes = lymphocytes.assign(**_results(total, "{:.2f}", _TOTAL_LIMIT, "10^9/L"))
    kinds = []
    for kind, (code, name, loinc) in _TESTS.items():
        rows = common.assign(TESTCD=code, TEST=name, CAT="IMMUNOPHENOTYPING", METHOD="FLOW CYTOMETRY", LOINC=loinc)
        kinds.append(rows.assign(**_results(counts[kind].round(), "{:.0f}", _SUBSET_LIMIT, "10^6/L")))
    return {"LB": _shape("LB", pool, lymphocytes), "CP": _shape("CP", pool, pd.concat(kinds).sort_index(kind="stable"))}


def _typical(kind: str, place: Ints, since: Floats, expanded: Floats) -> Floats:
    """Logarithm of the typical count; `place` is that of the visit, `since` the days since the transplant (NaN without).

    `expanded` is added before a transplant.
    """
    before = np.log(_TYPICAL[kind])[place] + expanded
    after = np.interp(since, _DAYS_AFTER, np.log(_AFTER[kind]))
    conditioned = (since >= _CONDITIONING) & (since < _ENGRAFTED)
    return np.where(conditioned, np.log(_NOTHING), np.where(since >= _ENGRAFTED, after, before))


def _results(values: pd.Series, form: str, limit: float, unit: str) -> dict[str, Any]:
    below = (values < limit).to_numpy()
    texts = values.map(form.format).mask(below, f"<{limit:g}")
    return {"ORRES": texts, "ORRESU": unit, "STRESC": texts, "STRESN": texts.mask(below, ""), "STRESU": unit}


def _shape(domain: str, pool: Pool, rows: pd.DataFrame) -> pd.DataFrame:
    own = [*_RESULT, "DTC", "DY"]
    columns = (*(f"{domain}{name}" for name in _RESULT), "VISITNUM", "VISIT", f"{domain}DTC", f"{domain}DY")
    return shape_pooled(domain, pool, rows.rename(columns={name: f"{domain}{name}" for name in own}), columns)
