"""Who was infused: disease, sex, age, earlier transplants, involvement, blasts and dose, in the numbers of the abstract.

Which of these go together the abstract does not say: every tendency here is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import Floats, draw_members, fit_ranks, median_ranks

# Median age by disease, before the ages are fitted to the abstract's median and range.
_AGES = {"T-ALL": 20.0, "T-LBL": 23.0, "MPAL": 30.0, "AML": 36.0, "PTCL": 45.0}
_AGE_SPREAD = 0.5
# How much more often than others a disease is extramedullary alone, or in the marrow alone.
_EXTRAMEDULLARY = {"T-ALL": 0.4, "T-LBL": 3.0, "MPAL": 0.3, "AML": 0.1, "PTCL": 3.0}
_MARROW = {"T-ALL": 3.0, "T-LBL": 0.6, "MPAL": 3.0, "AML": 12.0, "PTCL": 0.3}
_EARLIER_TRANSPLANT = {"T-ALL": 1.3, "T-LBL": 0.7, "MPAL": 1.2, "AML": 1.5, "PTCL": 0.5}
# Cells per kg, in millions, of those at the highest level, which the abstract gives as a range.
_HIGHEST_DOSES = (1.5, 1.5, 1.8, 2.0, 2.0)


def draw_people(stream: np.random.Generator) -> pd.DataFrame:
    """One row per participant, ordered by disease.

    Columns disease, sex, age (years), prior (key of PRIOR_TRANSPLANT), relapse_after (days, NaN without an earlier transplant),
    involvement (key of INVOLVEMENT, empty = not reported), blasts (percent, NaN without marrow involvement), dose_level, dose
    (10^6 cells/kg).
    """
    sizes = [sum(row[place] for row in targets.TRIALS.values()) for place in range(len(targets.DISEASES))]
    disease = np.repeat(np.array(targets.DISEASES, dtype=object), sizes)
    people = pd.DataFrame({"disease": disease, "sex": _draw_sex(stream), "age": _draw_age(disease, stream)})
    people["prior"] = _draw_prior(disease, stream)
    people["relapse_after"] = _draw_relapse_after(people["prior"].to_numpy() != "none", stream)
    people["involvement"] = _draw_involvement(disease, stream)
    people["blasts"] = _draw_blasts(people["involvement"].isin(("marrow", "both")).to_numpy(), stream)
    people["dose_level"] = _split({level: np.ones(len(people)) for level in targets.DOSES}, targets.DOSES, stream)
    people["dose"] = people["dose_level"].map({"5e5": 0.5, "1e6": 1.0}).fillna(0.0)
    highest = np.flatnonzero(people["dose_level"] == "1.5-2e6")
    people.loc[highest, "dose"] = _HIGHEST_DOSES
    return people


def _draw_sex(stream: np.random.Generator) -> np.ndarray:
    return stream.permutation(np.repeat(np.array(list(targets.SEXES), dtype=object), list(targets.SEXES.values())))


def _draw_age(disease: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    centre = np.array([_AGES[name] for name in disease])
    raw = centre * np.exp(_AGE_SPREAD * stream.standard_normal(len(disease)))
    age = targets.AGE
    return fit_ranks(raw, median_ranks(len(raw), age.low, age.median, age.high))


def _draw_prior(disease: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    weight = np.array([_EARLIER_TRANSPLANT[name] for name in disease])
    weights = {"none": np.ones(len(disease)), "after-first": weight, "after-second": weight}
    return _split(weights, targets.PRIOR_TRANSPLANT, stream)


def _draw_relapse_after(relapsed: np.ndarray, stream: np.random.Generator) -> Floats:
    spread, number = targets.RELAPSE_AFTER_TRANSPLANT, int(relapsed.sum())
    raw = np.exp(np.log(spread.median) + 0.9 * stream.standard_normal(number))
    days = np.full(len(relapsed), np.nan)
    days[relapsed] = fit_ranks(raw, median_ranks(number, spread.low, spread.median, spread.high))
    return days


def _draw_involvement(disease: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    weights = {
        "both": np.ones(len(disease)),
        "extramedullary": np.array([_EXTRAMEDULLARY[name] for name in disease]),
        "": np.ones(len(disease)),
        "marrow": np.array([_MARROW[name] for name in disease]),
    }
    return _split(weights, targets.INVOLVEMENT, stream)


def _draw_blasts(marrow: np.ndarray, stream: np.random.Generator) -> Floats:
    """Percent of blasts: tenths below 20, whole numbers from 20 on, as reports give them."""
    blasts = np.full(len(marrow), np.nan)
    places = np.flatnonzero(marrow)
    high = places[draw_members(np.ones(len(places)), targets.BLASTS_FROM_20, stream)]
    blasts[places] = np.round(np.minimum(19.5, 0.1 + stream.gamma(1.1, 4.5, len(places))), 1)
    blasts[high] = np.round(20 + 75 * stream.beta(1.1, 1.3, len(high)))
    return blasts


def _split(weights: Mapping[str, Floats], numbers: Mapping[str, int], stream: np.random.Generator) -> np.ndarray:
    """A category for everyone, `numbers` of each; the first category of `weights` is what remains."""
    rest, *drawn = weights
    chosen = np.full(len(weights[rest]), rest, dtype=object)
    for category in drawn:
        free = chosen == rest
        chosen[draw_members(np.where(free, weights[category], 0.0), numbers[category], stream)] = category
    return chosen
