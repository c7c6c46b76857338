"""The population model of NT-I7 and lymphocytes of Park 2025, for many persons at once.

The drug is solved exactly from one quarter of an hour to the next; the cells follow by a Runge–Kutta step of four hours
(fourth order) under the mean effect of these hours, taken at the middle of each half hour: just after a dose the effect
jumps from none to its maximum within minutes, which a Runge–Kutta stage would miss.
Everything is done element by element, so that the result does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.simulate import constants as known

Floats = NDArray[np.float64]
Amounts = tuple[Floats, Floats, Floats]
DRUG_STEP = 0.25  # hours: divides the lag, the clearance step and the day
CELL_STEP = 4.0  # hours
SUBSTEPS = round(CELL_STEP / DRUG_STEP)
STEPS_PER_DAY = round(24 / CELL_STEP)
SWITCH = round(known.CLEARANCE_STEP / DRUG_STEP)


@dataclass(frozen=True)
class Kinetics:
    """Model parameters, one value per person: rates per hour, volumes in L, clearances in L/h, `ec50` in ng/mL."""

    ka: Floats
    bioavailability: Floats
    vc: Floats
    q: Floats
    early_cl: Floats
    late_cl: Floats
    mtt: Floats
    ec50: Floats


@dataclass(frozen=True)
class DrugCourse:
    """Concentrations in ng/mL, shape (times, persons), and the mean effect between them, shape (times − 1, persons)."""

    concentrations: Floats
    effects: Floats


@dataclass(frozen=True)
class _Propagator:
    """What one drug step does to central and peripheral amount and to the depot."""

    central: tuple[Floats, Floats, Floats]
    peripheral: tuple[Floats, Floats, Floats]
    depot: Floats


def typical_kinetics(sex: NDArray[np.str_]) -> Kinetics:
    """The typical person of each sex ("M", "F"): the point estimates of the publication."""
    same = np.ones(len(sex))
    early = np.where(sex == "F", known.EARLY_CLEARANCE["F"], known.EARLY_CLEARANCE["M"])
    return Kinetics(
        ka=known.ABSORPTION_RATE * same,
        bioavailability=same,
        vc=known.CENTRAL_VOLUME * same,
        q=known.EXCHANGE_FLOW * same,
        early_cl=early,
        late_cl=known.LATE_CLEARANCE * same,
        mtt=known.TRANSIT_TIME * same,
        ec50=known.HALF_EFFECT_CONCENTRATION * same,
    )


def draw_kinetics(sex: NDArray[np.str_], stream: np.random.Generator) -> Kinetics:
    """Individual persons: log-normal around the typical ones with the published variances, without that of Emax."""
    typical = typical_kinetics(sex)
    factor = {name: np.exp(np.sqrt(variance) * stream.standard_normal(len(sex))) for name, variance in known.BETWEEN_PERSONS.items()}
    return Kinetics(
        ka=typical.ka * factor["ka"],
        bioavailability=typical.bioavailability * factor["bioavailability"],
        vc=typical.vc * factor["vc"],
        q=typical.q * factor["q"],
        early_cl=typical.early_cl * factor["cl"],
        late_cl=typical.late_cl * factor["cl"],
        mtt=typical.mtt * factor["mtt"],
        ec50=typical.ec50 * factor["ec50"],
    )


def compute_drug_course(kinetics: Kinetics, dose_hours: Floats, dose_mg: Floats, hours: float) -> DrugCourse:
    """Drug concentration and its effect from the first dose (hour 0) to `hours`, every `CELL_STEP` hours.

    `dose_hours` and `dose_mg` have shape (persons, doses); NaN hours: dose not given. Times must be multiples of a quarter of
    an hour. A dose is absorbed from its own time on: the concentration at that time is the pre-dose one.
    """
    early, late = _propagator(kinetics, kinetics.early_cl), _propagator(kinetics, kinetics.late_cl)
    inputs, nothing = _depot_inputs(kinetics, dose_hours, dose_mg), np.zeros_like(kinetics.vc)
    amounts = (nothing, nothing, nothing)
    concentrations, effects = [nothing], []
    for first in range(0, _whole(hours / DRUG_STEP), SUBSTEPS):
        total = nothing
        for step in range(first, first + SUBSTEPS):
            if step in inputs:
                amounts = (amounts[0], amounts[1], amounts[2] + inputs[step])
            amounts = _drug_step(amounts, early if step < SWITCH else late)
            if step % 2 == 0:
                total = total + _effect(kinetics, amounts[0])
        concentrations.append(1000.0 * amounts[0] / kinetics.vc)
        effects.append(total / (SUBSTEPS // 2))
    return DrugCourse(np.array(concentrations), np.array(effects))


def compute_alc_fold(kinetics: Kinetics, course: DrugCourse) -> Floats:
    """ALC as a multiple of its baseline, shape (times, persons), every `CELL_STEP` hours from the first dose on."""
    ktr = 4.0 / kinetics.mtt
    state = np.ones((5, len(ktr)))
    folds = [state[4]]
    for effect in course.effects:
        state = _cell_step(state, ktr, effect)
        folds.append(state[4])
    return np.array(folds)


def maximum_fold() -> float:
    """The fold at which ALC rests under a drug concentration without limit: (1 + Emax)^(1/γ). On its way there it overshoots."""
    return float((1 + known.MAXIMUM_EFFECT) ** (1 / known.FEEDBACK_POWER))


def _drug_step(amounts: Amounts, move: _Propagator) -> Amounts:
    central, peripheral, depot = amounts
    (cc, cp, cd), (pc, pp, pd) = move.central, move.peripheral
    return cc * central + cp * peripheral + cd * depot, pc * central + pp * peripheral + pd * depot, move.depot * depot


def _effect(kinetics: Kinetics, central: Floats) -> Floats:
    concentration = 1000.0 * central / kinetics.vc
    return known.MAXIMUM_EFFECT * concentration / (kinetics.ec50 + concentration)


def _cell_step(state: Floats, ktr: Floats, effect: Floats) -> Floats:
    step = CELL_STEP
    first = _cell_rates(state, ktr, effect)
    second = _cell_rates(state + step / 2 * first, ktr, effect)
    third = _cell_rates(state + step / 2 * second, ktr, effect)
    fourth = _cell_rates(state + step * third, ktr, effect)
    return state + step / 6 * (first + 2 * second + 2 * third + fourth)


def _cell_rates(state: Floats, ktr: Floats, effect: Floats) -> Floats:
    # Every compartment is relative to its own steady state, which makes the equations independent of the baseline count.
    rates = np.empty_like(state)
    rates[0] = ktr * state[0] * ((1 + effect) * state[4] ** -known.FEEDBACK_POWER - 1)
    rates[1:4] = ktr * (state[0:3] - state[1:4])
    rates[4] = known.CIRCULATING_LOSS * (state[3] - state[4])
    return rates


def _propagator(kinetics: Kinetics, clearance: Floats) -> _Propagator:
    leave, to, back = (clearance + kinetics.q) / kinetics.vc, kinetics.q / kinetics.vc, kinetics.q / known.PERIPHERAL_VOLUME
    root = np.sqrt((leave + back) ** 2 - 4 * (leave * back - to * back))
    fast, slow = (leave + back + root) / 2, (leave + back - root) / 2
    quick, long = np.exp(-fast * DRUG_STEP), np.exp(-slow * DRUG_STEP)
    cc = ((fast - back) * quick + (back - slow) * long) / root
    cp = back * (long - quick) / root
    pc = to * (long - quick) / root
    pp = ((fast - leave) * quick + (leave - slow) * long) / root
    # The particular solution for an input that decays with ka: (M + ka) v = −(ka, 0).
    ka, gone = kinetics.ka, np.exp(-kinetics.ka * DRUG_STEP)
    determinant = (ka - leave) * (ka - back) - to * back
    v_central, v_peripheral = -ka * (ka - back) / determinant, ka * to / determinant
    cd = v_central * gone - cc * v_central - cp * v_peripheral
    pd = v_peripheral * gone - pc * v_central - pp * v_peripheral
    return _Propagator((cc, cp, cd), (pc, pp, pd), gone)


def _depot_inputs(kinetics: Kinetics, dose_hours: Floats, dose_mg: Floats) -> dict[int, Floats]:
    """Amount in mg that enters the depot at each drug step; the second share comes after the lag."""
    inputs: dict[int, Floats] = {}
    for step, person, amount in _depot_entries(dose_hours, dose_mg):
        inputs.setdefault(step, np.zeros(len(kinetics.vc)))[person] += amount * kinetics.bioavailability[person]
    return inputs


def _depot_entries(dose_hours: Floats, dose_mg: Floats) -> Iterator[tuple[int, int, float]]:
    share = np.exp(known.DEPOT_SPLIT) / (1 + np.exp(known.DEPOT_SPLIT))
    for person, number in zip(*np.nonzero(~np.isnan(dose_hours)), strict=True):
        start, amount = dose_hours[person, number], dose_mg[person, number]
        yield _whole(start / DRUG_STEP), int(person), float(share * amount)
        yield _whole((start + known.SECOND_DEPOT_LAG) / DRUG_STEP), int(person), float((1 - share) * amount)


def _whole(number: float) -> int:
    if number != round(number):
        raise ValueError(f"{number * DRUG_STEP} hours is not a multiple of a quarter of an hour")
    return round(number)
