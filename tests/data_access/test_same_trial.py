"""The synthetic trial delivered as SDTM, as ADaM and in the simple format: the same participants, counts, baselines and results.

Each delivery is written from the simulated SDTM domains by a routine of its own (`analysis_files`), so that the three meet only in the
readers. What differs is only where a row stands (file and row number).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.responders import derive_responses, summarise_responders
from dashboard.endpoints.time_above import summarise_participant_time_above, summarise_time_above
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, simulate_trial
from dashboard.study.columns import SOURCE_FILE, SOURCE_ROW
from data_access.delivery import Delivery, read_delivery
from data_access.memory import InMemoryRepository
from tests.data_access.analysis_files import write_adam, write_simple_files
from tests.data_access.deliveries import nct05600920

CUTS = {"interim": INTERIM_CUT, "final": FINAL_CUT}
FORMATS = ("adam", "simple")
SOURCE = [SOURCE_FILE, SOURCE_ROW]
MEASURED = [
    "participant",
    "analyte",
    "day",
    "value",
    "value_text",
    "unit_text",
    "below_loq",
    "after_dose",
    "marked_unscheduled",
    "visit_label",
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The trial in the three formats."""
    root, frames = tmp_path_factory.mktemp("trial"), simulate_trial(6, 20241106)
    (root / "sdtm").mkdir()
    for name, frame in frames.items():
        frame.to_csv(root / "sdtm" / f"{name.lower()}.csv", index=False, lineterminator="\n")
    return {
        "sdtm": root / "sdtm",
        "adam": write_adam(frames, root / "adam"),
        "simple": write_simple_files(frames, root / "simple"),
    }


@pytest.fixture(scope="module")
def deliveries(folders: dict[str, Path]) -> dict[tuple[str, str], Delivery]:
    """Each format at each data cut."""
    return {(name, cut): read_delivery(nct05600920(), [folder], CUTS[cut]) for name, folder in folders.items() for cut in CUTS}


@pytest.fixture(scope="module")
def analyses(deliveries: dict[tuple[str, str], Delivery]) -> dict[tuple[str, str], Analysis]:
    """The derived records of each delivery."""
    derived = {}
    for key, delivery in deliveries.items():
        repository = InMemoryRepository()
        snapshot = repository.publish(delivery.study, repository.store_draft(delivery).cut)
        derived[key] = derive_analysis(repository.load(snapshot), nct05600920(), "last")
    return derived


def _sorted(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame[columns].sort_values(columns, ignore_index=True)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_participants_are_the_same(deliveries: dict[tuple[str, str], Delivery], form: str, cut: str) -> None:
    sdtm, other = deliveries["sdtm", cut], deliveries[form, cut]
    assert len(sdtm.participants) == 18
    assert sdtm.participants["status"].nunique() > 1
    pd.testing.assert_frame_equal(other.participants, sdtm.participants)
    assert (other.cut_date, other.synthetic) == (sdtm.cut_date, True)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_counts_are_the_same(deliveries: dict[tuple[str, str], Delivery], form: str, cut: str) -> None:
    sdtm, other = deliveries["sdtm", cut], deliveries[form, cut]
    assert len(sdtm.counts) > 1000
    assert sdtm.counts["marked_unscheduled"].any()
    pd.testing.assert_frame_equal(_sorted(other.counts, MEASURED), _sorted(sdtm.counts, MEASURED))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_doses_are_the_same(deliveries: dict[tuple[str, str], Delivery], form: str, cut: str) -> None:
    sdtm, other = deliveries["sdtm", cut], deliveries[form, cut]
    pd.testing.assert_frame_equal(other.doses.drop(columns=SOURCE), sdtm.doses.drop(columns=SOURCE))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_adverse_events_are_the_same(deliveries: dict[tuple[str, str], Delivery], form: str, cut: str) -> None:
    sdtm, other = (deliveries[name, cut].records["adverse_event"] for name in ("sdtm", form))
    assert len(sdtm) > 20
    assert set(sdtm["grading_scale"]) == {"CTCAE v5.0", "DAIDS 2.1"}
    assert set(sdtm["start_precision"]) == {"day", "month", "year"}
    pd.testing.assert_frame_equal(other.drop(columns=SOURCE), sdtm.drop(columns=SOURCE))


def test_concentrations_are_the_same_in_adam(deliveries: dict[tuple[str, str], Delivery]) -> None:
    sdtm, adam = (deliveries[name, "final"].records["finding"].query("domain == 'PC'") for name in ("sdtm", "adam"))
    columns = [name for name in sdtm.columns if name not in SOURCE]
    assert sdtm["below_loq"].any()
    pd.testing.assert_frame_equal(_sorted(adam, columns), _sorted(sdtm, columns))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMATS)
def test_baselines_are_the_same(analyses: dict[tuple[str, str], Analysis], form: str, cut: str) -> None:
    sdtm, other = analyses["sdtm", cut].participants, analyses[form, cut].participants
    assert sdtm["baseline_cd4"].notna().sum() >= 17
    pd.testing.assert_frame_equal(other, sdtm)


@pytest.mark.parametrize("visit", ["week-36", "week-60"])
@pytest.mark.parametrize("form", FORMATS)
def test_responders_at_a_visit_are_the_same(analyses: dict[tuple[str, str], Analysis], form: str, visit: str) -> None:
    tables = []
    for name in ("sdtm", form):
        analysis = analyses[name, "final"]
        everyone = np.ones(len(analysis.participants), dtype=bool)
        responses = derive_responses(analysis, everyone, "cd4", 200.0, "at-visit", visit, "to-week-60")
        tables.append(summarise_responders(responses, nct05600920().cohort_keys, "observed", "exact", "everyone"))
    assert tables[0]["denominator"].iloc[-1] >= 12
    pd.testing.assert_frame_equal(tables[1], tables[0])


@pytest.mark.parametrize("form", FORMATS)
def test_mean_days_above_200_are_the_same(analyses: dict[tuple[str, str], Analysis], form: str) -> None:
    tables = []
    for name in ("sdtm", form):
        analysis = analyses[name, "final"]
        everyone = np.ones(len(analysis.participants), dtype=bool)
        rows = summarise_participant_time_above(analysis, everyone, "cd4", [200.0], "linear", 91, "to-week-60")
        tables.append(summarise_time_above(rows[rows["eligible"]], nct05600920().cohort_keys, [200.0]))
    assert tables[0]["n"].sum() >= 12
    pd.testing.assert_frame_equal(tables[1], tables[0])


def test_the_baselines_that_adam_states_are_ours(
    deliveries: dict[tuple[str, str], Delivery], analyses: dict[tuple[str, str], Analysis]
) -> None:
    delivery = deliveries["adam", "final"]
    people = analyses["adam", "final"].participants.set_index("participant")
    stated = delivery.records["claim"].query("quantity == 'baseline'")
    ours = [people.at[name, f"baseline_{analyte}"] for name, analyte in zip(stated["participant"], stated["analyte"], strict=True)]
    # Where several records lie on the last day before the dose the file names one of them, and ours is their mean.
    several = delivery.counts[delivery.counts["day"] <= 0].groupby(["participant", "analyte", "day"])["value"].nunique()
    doubtful = set(several[several > 1].reset_index()[["participant", "analyte"]].itertuples(index=False, name=None))
    plain = [(name, analyte) not in doubtful for name, analyte in zip(stated["participant"], stated["analyte"], strict=True)]
    assert sum(plain) > 900
    assert stated["value"].to_numpy()[plain] == pytest.approx(np.array(ours)[plain])


def test_sdtm_comes_first_and_the_derived_values_of_adlb_are_compared(folders: dict[str, Path]) -> None:
    both = read_delivery(nct05600920(), [folders["sdtm"], folders["adam"]], date(2026, 9, 30))
    alone = read_delivery(nct05600920(), [folders["sdtm"]], date(2026, 9, 30))
    pd.testing.assert_frame_equal(both.counts, alone.counts)
    pd.testing.assert_frame_equal(both.participants, alone.participants)
    assert "claim" not in alone.records
    claims = both.records["claim"]
    assert set(claims["quantity"]) == {"baseline", "change", "percent_change", "visit", "baseline_record"}
    assert set(claims["source_file"]) == {"adlb"}
    told = {file.file: file.content for file in both.report.files}
    assert told["adlb.csv"] == "derived values, to be compared with ours"
    assert told["adsl.csv"] == told["adae.csv"] == "not read: the same data stand in the SDTM data sets of this delivery"
