"""What the laboratories measure and report: counts with noise, in the units and with the reference ranges of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.simulate import constants as known
from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.participants import SUBSETS, sum_lymphocytes
from dashboard.simulate.pkpd import STEPS_PER_DAY
from dashboard.simulate.visits import POST_DOSE, PRE_DOSE

Floats = NDArray[np.float64]
Range = tuple[int, int]
TOTAL = "alc"


@dataclass(frozen=True)
class Laboratory:
    """A laboratory: its units and its reference ranges in cells/µL by sex and analyte key."""

    name: str
    total_unit: str
    subset_unit: str
    ranges: Mapping[str, Mapping[str, Range]]


_TOTAL_RANGES = {"M": (1147, 3727), "F": (1342, 3859)}  # REF04
_CENTRAL_RANGES = {  # REF04
    "M": {"alc": _TOTAL_RANGES["M"], "cd4": (313, 1361), "cd8": (228, 1243), "b": (109, 802), "nk": (140, 1103)},
    "F": {"alc": _TOTAL_RANGES["F"], "cd4": (399, 1489), "cd8": (254, 1193), "b": (138, 645), "nk": (96, 998)},
}
_REMOTE_SUBSETS: dict[str, Range] = {"cd4": (300, 1400), "cd8": (200, 900), "b": (100, 500), "nk": (90, 600)}  # SYN23
_REMOTE_RANGES = {sex: {"alc": _TOTAL_RANGES[sex], **_REMOTE_SUBSETS} for sex in ("M", "F")}
LABORATORIES = (
    Laboratory("SYNTHETIC CENTRAL LABORATORY", "10^9/L", "10^6/L", _CENTRAL_RANGES),
    Laboratory("SYNTHETIC REMOTE LABORATORY", "10^3/uL", "/uL", _REMOTE_RANGES),
)
_TEST_NAMES = {"alc": "Lymphocytes", "cd4": "TLym Help", "cd8": "TLym Cytx", "b": "B-Lymphocytes", "nk": "Natural Killer Cells"}
_RESULT = ("TESTCD", "TEST", "CAT", "ORRES", "ORRESU", "ORNRLO", "ORNRHI", "STRESC", "STRESN", "STRESU", "STNRLO", "STNRHI", "NRIND")
_WHERE = ("STAT", "REASND", "NAM", "SPEC", "METHOD", "LOINC", "LOBXFL")
_WHEN = ("VISITNUM", "VISIT", "DTC", "DY", "TPT", "TPTNUM")


def measure_counts(people: pd.DataFrame, samples: pd.DataFrame, folds: Floats, stream: np.random.Generator) -> pd.DataFrame:
    """One row per sample and one column per analyte key, in cells/µL as measured: truth, day-to-day variation, assay, counting.

    `folds`, shape (times, persons): ALC relative to baseline from the first dose on. Samples of one day share their variation.
    """
    person = samples["person"].to_numpy()
    log_fold = np.log(folds[_time_index(samples), person]) * people["amplitude"].to_numpy()[person]
    own = np.sqrt(known.SUBSET_CV**2 - known.ASSAY_CV**2)
    shared = np.sqrt(known.PHYSIOLOGICAL_CV**2 - own**2)
    day, days = pd.factorize(samples["person"].astype(str) + " " + samples["day"].astype(str))
    together = shared * stream.standard_normal(len(days))
    response = _responses(people, person)
    truth = {}
    for subset in SUBSETS:
        variation = together + own * stream.standard_normal(len(days))
        truth[subset] = people[subset].to_numpy()[person] * np.exp(response[subset] * log_fold + variation[day])
    total = sum_lymphocytes(**truth) * np.exp(known.ASSAY_CV * stream.standard_normal(len(samples)))
    return pd.DataFrame({TOTAL: total, **{subset: _count_cells(truth[subset], stream) for subset in SUBSETS}})


def write_counts(trial: Trial, samples: pd.DataFrame, counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Domains LB (the total count) and CP (the subsets, by flow cytometry), one row per sample and analyte."""
    common = _common_columns(trial, samples)
    total = _analyte_rows(trial, samples, common, TOTAL, counts[TOTAL])
    subsets = [_analyte_rows(trial, samples, common, subset, counts[subset]) for subset in SUBSETS]
    ordered = pd.concat(subsets).sort_index(kind="stable")
    return {"LB": _shape("LB", trial, total), "CP": _shape("CP", trial, ordered)}


def _time_index(samples: pd.DataFrame) -> NDArray[np.int64]:
    step = samples["day"].to_numpy() * STEPS_PER_DAY + (samples["timepoint"] == POST_DOSE).to_numpy()
    return np.maximum(step, 0).astype(np.int64)


def _responses(people: pd.DataFrame, person: NDArray[np.int64]) -> dict[str, float | Floats]:
    individual = people["nk_response"].to_numpy(dtype=float)[person]
    return {"cd4": known.CD4_RESPONSE, "cd8": known.CD8_RESPONSE, "b": known.B_RESPONSE, "nk": individual}


def _count_cells(truth: Floats, stream: np.random.Generator) -> Floats:
    assayed = truth * np.exp(known.ASSAY_CV * stream.standard_normal(len(truth)))
    counted = assayed + known.COUNTING_FACTOR * np.sqrt(assayed) * stream.standard_normal(len(truth))
    return np.maximum(counted, 0.0)


def _common_columns(trial: Trial, samples: pd.DataFrame) -> pd.DataFrame:
    points = {"": "", PRE_DOSE: "1", POST_DOSE: "2"}
    rows = list(zip(samples["person"], samples["day"], samples["minute"], strict=True))
    return pd.DataFrame(
        {
            "person": samples["person"],
            "STAT": np.where(samples["spoilt"], "NOT DONE", ""),
            "REASND": np.where(samples["spoilt"], "SAMPLE CLOTTED", ""),
            "NAM": np.where(samples["remote"], LABORATORIES[1].name, LABORATORIES[0].name),
            "SPEC": "BLOOD",
            "VISITNUM": samples["number"],
            "VISIT": samples["visit"],
            "DTC": [trial.write_date(*row) for row in rows],
            "DY": [trial.write_study_day(person, day) for person, day, _ in rows],
            "TPT": samples["timepoint"],
            "TPTNUM": samples["timepoint"].map(points),
            "before_dose": [trial.is_dosed(p) and (d < 0 or (d == 0 and t != POST_DOSE)) for p, d, t in _moments(samples)],
        }
    )


def _moments(samples: pd.DataFrame) -> zip[tuple[int, int, str]]:
    return zip(samples["person"], samples["day"], samples["timepoint"], strict=True)


def _analyte_rows(trial: Trial, samples: pd.DataFrame, common: pd.DataFrame, key: str, counts: pd.Series) -> pd.DataFrame:
    analyte, remote = trial.protocol.analyte(key), samples["remote"].to_numpy()
    units = [lab.total_unit if key == TOTAL else lab.subset_unit for lab in LABORATORIES]
    low, high = _limits(trial, samples, key)
    done = ~samples["spoilt"].to_numpy()
    result = _report(key, counts).where(done, "")
    below = result.str.startswith("<")
    number = pd.to_numeric(result.where(~below, ""), errors="coerce")
    return common.assign(
        TESTCD=analyte.codes[0],
        TEST=_TEST_NAMES[key],
        CAT="HEMATOLOGY" if key == TOTAL else "IMMUNOPHENOTYPING",
        ORRES=result,
        ORRESU=np.where(done, np.where(remote, units[1], units[0]), ""),
        ORNRLO=low,
        ORNRHI=high,
        STRESC=result,
        STRESN=result.where(~below, ""),
        STRESU=np.where(done, units[0], ""),
        STNRLO=low,
        STNRHI=high,
        NRIND=np.where(below | (number < low), "LOW", np.where(number > high, "HIGH", np.where(done, "NORMAL", ""))),
        METHOD="" if key == TOTAL else "FLOW CYTOMETRY",
        LOINC=analyte.loinc[0],
        LOBXFL=np.where(_is_last_before_dose(common, done), "Y", ""),
    )


def _report(key: str, counts: pd.Series) -> pd.Series:
    if key == TOTAL:
        return counts.map(lambda count: f"{count / 1000:.2f}")
    return counts.map(lambda count: f"<{known.SUBSET_LIMIT:g}" if count < known.SUBSET_LIMIT else f"{count:.0f}")


def _limits(trial: Trial, samples: pd.DataFrame, key: str) -> tuple[Floats, Floats]:
    sexes = trial.people["sex"].to_numpy()[samples["person"].to_numpy()]
    found = [LABORATORIES[int(remote)].ranges[sex][key] for remote, sex in zip(samples["remote"], sexes, strict=True)]
    limits = np.array(found, dtype=float) / (1000 if key == TOTAL else 1)
    return limits[:, 0], limits[:, 1]


def _is_last_before_dose(common: pd.DataFrame, done: NDArray[np.bool_]) -> NDArray[np.bool_]:
    candidates = common[common["before_dose"] & done]
    return common.index.isin(candidates.drop_duplicates("person", keep="last").index)


def _shape(domain: str, trial: Trial, rows: pd.DataFrame) -> pd.DataFrame:
    names = [*_RESULT, *_WHERE, *_WHEN]
    renamed = rows.rename(columns={name: f"{domain}{name}" for name in names if not name.startswith("VISIT")})
    for limit in ("ORNRLO", "ORNRHI", "STNRLO", "STNRHI"):
        renamed[f"{domain}{limit}"] = renamed[f"{domain}{limit}"].map("{:g}".format)
    return shape_domain(domain, trial, renamed, tuple(name if name.startswith("VISIT") else f"{domain}{name}" for name in names))
