"""Drug concentrations (PC), and findings at lesions and infections (FA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.simulate import constants as known
from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.milestones import describe_place, select_milestones
from dashboard.simulate.pkpd import STEPS_PER_DAY
from dashboard.simulate.visits import DOSE_MINUTE, HOURS_AFTER_DOSE, POST_DOSE, PRE_DOSE, list_samples

Floats = NDArray[np.float64]
Row = dict[str, Any]
_PC_RESULT = ("PCTESTCD", "PCTEST", "PCORRES", "PCORRESU", "PCSTRESC", "PCSTRESN", "PCSTRESU", "PCSPEC", "PCLLOQ")
_PC_COLUMNS = (*_PC_RESULT, "VISITNUM", "VISIT", "PCDTC", "PCDY", "PCTPT", "PCTPTNUM")
_FA_COLUMNS = ("FATESTCD", "FATEST", "FAOBJ", "FAORRES", "FASTRESC", "FASTRESN", "VISITNUM", "VISIT", "FADTC", "FADY")
FEW_LESIONS = 5
_TITRES = (20, 40, 80, 160, 320, 640, 1280)


def write_concentrations(trial: Trial, samples: pd.DataFrame, concentrations: Floats, stream: np.random.Generator) -> pd.DataFrame:
    """PC: drug plus endogenous IL-7 in ng/mL before and after each dose and at the visits that move with a dose.

    `concentrations`, shape (times, persons), from the first dose on. Below the limit of the assay: "<limit".
    """
    median, sd = known.ENDOGENOUS_IL7
    endogenous = median * np.exp(sd * stream.standard_normal(len(trial.people)))
    rows: list[Row] = []
    for sample in _samples_for_drug(trial, samples):
        hours_after = sample["PCTPT"] == POST_DOSE
        time = max(0, sample["day"] * STEPS_PER_DAY + int(hours_after))
        total = concentrations[time, sample["person"]] + endogenous[sample["person"]]
        measured = float(total * (1 + known.CONCENTRATION_CV * stream.standard_normal()))
        rows.append({name: value for name, value in sample.items() if name != "day"} | _concentration_result(measured))
    return shape_domain("PC", trial, rows, _PC_COLUMNS)


def write_findings(trial: Trial, samples: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """FA: number and extent of HPV lesions, and cryptococcal antigen titre, of those affected, at dose and follow-up visits.

    No effect of the drug on either is known: lesions and titres wander around a person's own level (assumption).
    """
    lesions, titre = stream.poisson(6.0, len(trial.people)) + 1, stream.integers(0, len(_TITRES) - 2, len(trial.people))
    rows: list[Row] = []
    for sample in select_milestones(trial, samples):
        where, person = describe_place(trial, sample, "FA"), sample.person
        if trial.people["hpv"].iat[person]:
            number = str(stream.poisson(lesions[person]))
            what = {"FATESTCD": "LESCNT", "FATEST": "Lesion Count", "FAOBJ": "HPV LESION"}
            rows.append(where | what | {"FAORRES": number, "FASTRESC": number, "FASTRESN": number})
            extent = {"FATESTCD": "LESEXT", "FATEST": "Lesion Extent", "FAOBJ": "HPV LESION"}
            rows.append(where | extent | dict.fromkeys(("FAORRES", "FASTRESC"), _describe_extent(int(number))))
        if trial.people["cryptococcosis"].iat[person]:
            result = f"1:{_TITRES[titre[person] + int(stream.integers(0, 2))]}"
            what = {"FATESTCD": "CRAGTTR", "FATEST": "Cryptococcal Antigen Titer", "FAOBJ": "CRYPTOCOCCOSIS"}
            rows.append(where | what | {"FAORRES": result, "FASTRESC": result})
    return shape_domain("FA", trial, rows, _FA_COLUMNS)


def _describe_extent(lesions: int) -> str:
    """The number of lesions as a category (the limits are an assumption)."""
    return "NONE" if lesions == 0 else "FEW" if lesions <= FEW_LESIONS else "MANY"


def _samples_for_drug(trial: Trial, samples: pd.DataFrame) -> Iterator[Row]:
    after_dose = {place + 1 for place, visit in enumerate(trial.protocol.visits) if visit.moves_with_dose or visit.target == 0}
    for sample in list_samples(samples.drop_duplicates(["person", "number"])):
        if not trial.is_dosed(sample.person) or "." in sample.number or int(sample.number) not in after_dose or sample.spoilt:
            continue
        where = describe_place(trial, sample, "PC") | {"day": sample.day}
        yield where | {"PCTPT": sample.timepoint, "PCTPTNUM": "1" if sample.timepoint else ""}
        if sample.timepoint == PRE_DOSE:
            time = trial.write_date(sample.person, sample.day, DOSE_MINUTE + 60 * HOURS_AFTER_DOSE)
            yield where | {"PCDTC": time, "PCTPT": POST_DOSE, "PCTPTNUM": "2"}


def _concentration_result(measured: float) -> Row:
    below = measured < known.ASSAY_LIMIT
    text = f"<{known.ASSAY_LIMIT}" if below else f"{measured:.3f}"
    result = {"PCTESTCD": "NTI7", "PCTEST": "NT-I7 and endogenous IL-7", "PCORRES": text, "PCORRESU": "ng/mL", "PCSTRESC": text}
    return result | {"PCSTRESN": "" if below else text, "PCSTRESU": "ng/mL", "PCSPEC": "SERUM", "PCLLOQ": str(known.ASSAY_LIMIT)}
