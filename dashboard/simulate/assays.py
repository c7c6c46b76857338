"""Drug concentrations (PC), antibodies (IS) and findings at lesions and infections (FA)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.simulate import constants as known
from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.pkpd import STEPS_PER_DAY
from dashboard.simulate.visits import DOSE_MINUTE, HOURS_AFTER_DOSE, POST_DOSE, PRE_DOSE, Sample, list_samples

Floats = NDArray[np.float64]
Row = dict[str, Any]
_PC_RESULT = ("PCTESTCD", "PCTEST", "PCORRES", "PCORRESU", "PCSTRESC", "PCSTRESN", "PCSTRESU", "PCSPEC", "PCLLOQ")
_PC_COLUMNS = (*_PC_RESULT, "VISITNUM", "VISIT", "PCDTC", "PCDY", "PCTPT", "PCTPTNUM")
_IS_COLUMNS = ("ISTESTCD", "ISTEST", "ISCAT", "ISBDAGT", "ISORRES", "ISSTRESC", "VISITNUM", "VISIT", "ISDTC", "ISDY")
_FA_COLUMNS = ("FATESTCD", "FATEST", "FAOBJ", "FAORRES", "FASTRESC", "FASTRESN", "VISITNUM", "VISIT", "FADTC", "FADY")
_ANTIBODIES = (("ADA_BAB", "Binding Antidrug Antibody"), ("ADA_NAB", "Neutralizing Antidrug Antibody"))
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


def write_immunogenicity(trial: Trial, samples: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """IS: binding and neutralising antibodies to the drug at dose and follow-up visits, and antinuclear antibodies."""
    binding = stream.random(len(trial.people)) < known.BINDING_SHARE
    neutralising = binding & (stream.random(len(trial.people)) < known.NEUTRALISING_SHARE)
    appears = stream.integers(20, 120, len(trial.people))
    titre = stream.integers(0, len(_TITRES) - 1, len(trial.people))
    rows: list[Row] = []
    for sample in _milestone_samples(trial, samples):
        person, seen = sample.person, sample.day >= appears[sample.person]
        where = _where(trial, sample, "IS")
        for (code, name), develops in zip(_ANTIBODIES, (binding, neutralising), strict=True):
            result = "POSITIVE" if develops[person] and seen else "NEGATIVE"
            rows.append(where | _antibody(code, name, "ANTIDRUG ANTIBODY", "NT-I7", result))
        result = f"1:{_TITRES[titre[person]]}" if trial.people["antinuclear"].iat[person] else "NEGATIVE"
        rows.append(where | _antibody("ANA", "Antinuclear Antibodies", "AUTOANTIBODY", "NUCLEAR ANTIGEN", result))
    return shape_domain("IS", trial, rows, _IS_COLUMNS)


def write_findings(trial: Trial, samples: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """FA: number of HPV lesions and cryptococcal antigen titre of those affected, at dose and follow-up visits.

    No effect of the drug on either is known: lesions and titres wander around a person's own level (assumption).
    """
    lesions, titre = stream.poisson(6.0, len(trial.people)) + 1, stream.integers(0, len(_TITRES) - 2, len(trial.people))
    rows: list[Row] = []
    for sample in _milestone_samples(trial, samples):
        where, person = _where(trial, sample, "FA"), sample.person
        if trial.people["hpv"].iat[person]:
            number = str(stream.poisson(lesions[person]))
            what = {"FATESTCD": "LESCNT", "FATEST": "Lesion Count", "FAOBJ": "HPV LESION"}
            rows.append(where | what | {"FAORRES": number, "FASTRESC": number, "FASTRESN": number})
        if trial.people["cryptococcosis"].iat[person]:
            result = f"1:{_TITRES[titre[person] + int(stream.integers(0, 2))]}"
            what = {"FATESTCD": "CRAGTTR", "FATEST": "Cryptococcal Antigen Titer", "FAOBJ": "CRYPTOCOCCOSIS"}
            rows.append(where | what | {"FAORRES": result, "FASTRESC": result})
    return shape_domain("FA", trial, rows, _FA_COLUMNS)


def _samples_for_drug(trial: Trial, samples: pd.DataFrame) -> Iterator[Row]:
    after_dose = {place + 1 for place, visit in enumerate(trial.protocol.visits) if visit.moves_with_dose or visit.target == 0}
    for sample in list_samples(samples.drop_duplicates(["person", "number"])):
        if not trial.is_dosed(sample.person) or "." in sample.number or int(sample.number) not in after_dose or sample.spoilt:
            continue
        where = _where(trial, sample, "PC") | {"day": sample.day}
        yield where | {"PCTPT": sample.timepoint, "PCTPTNUM": "1" if sample.timepoint else ""}
        if sample.timepoint == PRE_DOSE:
            time = trial.write_date(sample.person, sample.day, DOSE_MINUTE + 60 * HOURS_AFTER_DOSE)
            yield where | {"PCDTC": time, "PCTPT": POST_DOSE, "PCTPTNUM": "2"}


def _milestone_samples(trial: Trial, samples: pd.DataFrame) -> list[Sample]:
    """The first sample of every dose visit and of every follow-up visit that keeps the study clock."""
    days = {dose.day for dose in trial.protocol.exposure.planned}
    visits = enumerate(trial.protocol.visits)
    wanted = {str(place + 1) for place, v in visits if v.target in days or (v.target > 0 and not v.moves_with_dose)}
    chosen = samples[samples["number"].isin(wanted)].drop_duplicates(["person", "number"])
    return list_samples(chosen)


def _where(trial: Trial, sample: Sample, domain: str) -> Row:
    when = trial.write_date(sample.person, sample.day, sample.minute)
    day = trial.write_study_day(sample.person, sample.day)
    return {"person": sample.person, "VISITNUM": sample.number, "VISIT": sample.visit, f"{domain}DTC": when, f"{domain}DY": day}


def _antibody(code: str, name: str, category: str, antigen: str, result: str) -> Row:
    return {"ISTESTCD": code, "ISTEST": name, "ISCAT": category, "ISBDAGT": antigen, "ISORRES": result, "ISSTRESC": result}


def _concentration_result(measured: float) -> Row:
    below = measured < known.ASSAY_LIMIT
    text = f"<{known.ASSAY_LIMIT}" if below else f"{measured:.3f}"
    result = {"PCTESTCD": "NTI7", "PCTEST": "NT-I7 and endogenous IL-7", "PCORRES": text, "PCORRESU": "ng/mL", "PCSTRESC": text}
    return result | {"PCSTRESN": "" if below else text, "PCSTRESU": "ng/mL", "PCSPEC": "SERUM", "PCLLOQ": str(known.ASSAY_LIMIT)}
