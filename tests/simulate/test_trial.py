"""The written trial: every story is there, bytes repeat, shapes hold."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.simulate.domains import write_study_day
from dashboard.simulate.laboratory import LABORATORIES
from dashboard.simulate.stories import STORIES
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, SEED, simulate_trial, write_trial
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.protocol import StudyProtocol

Domains = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def protocol() -> StudyProtocol:
    return read_definition(BUILT_IN / "nct05600920.toml")


@pytest.fixture(scope="module")
def domains() -> Domains:
    return simulate_trial(10, SEED)


@pytest.fixture(scope="module")
def large() -> Domains:
    return simulate_trial(333, 9)


@pytest.fixture(scope="module", params=[SEED, 5])
def told(request: pytest.FixtureRequest) -> Domains:
    return simulate_trial(10, request.param)


def rows_of(domains: Domains, domain: str, participant: str) -> pd.DataFrame:
    frame = domains[domain]
    return frame[frame["USUBJID"] == participant]


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    def digest(name: str, seed: int) -> list[str]:
        return [path.name + hashlib.sha256(path.read_bytes()).hexdigest() for path in write_trial(tmp_path / name, 10, seed)]

    first = digest("a", 1)
    assert first == digest("b", 1)
    assert not set(first[:-1]) & set(digest("c", 2)[:-1])


def test_files_are_utf8_with_line_feeds_and_a_readme_that_says_synthetic(tmp_path: Path) -> None:
    paths = write_trial(tmp_path, 10)
    names = {"dm.csv", "ex.csv", "lb.csv", "cp.csv", "ds.csv", "ae.csv", "is.csv", "pc.csv", "fa.csv", "qs.csv", "cm.csv"}
    assert names <= {path.name for path in paths}
    for path in paths:
        content = path.read_bytes()
        assert b"\r" not in content
        assert content.decode("utf-8").endswith("\n")
    assert (tmp_path / "README.txt").read_text(encoding="utf-8").startswith("SYNTHETIC data")


@pytest.mark.parametrize("size", [1, 10, 333])
def test_any_cohort_size_gives_every_domain_with_rows_of_synthetic_participants(size: int, protocol: StudyProtocol, large: Domains) -> None:
    domains = large if size == 333 else simulate_trial(size, SEED)
    enrolled = domains["DM"][domains["DM"]["ARMCD"] != "SCRNFAIL"]
    assert enrolled["ARMCD"].value_counts().to_dict() == {cohort.codes[0]: size for cohort in protocol.cohorts}
    assert domains["DM"]["ARMCD"].eq("SCRNFAIL").sum() == 2
    for name, frame in domains.items():
        assert len(frame) > 0, name
        assert frame["USUBJID"].str.startswith("SYN-").all(), name
        assert (frame["STUDYID"] == "SYNTHETIC-NCT05600920").all(), name


def test_a_cohort_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        simulate_trial(0, SEED)


def test_sequence_numbers_count_from_one_within_a_participant(domains: Domains) -> None:
    for name in ("LB", "CP", "EX", "AE", "PC", "IS", "FA", "SV", "VS", "DS", "CM", "QS"):
        expected = domains[name].groupby("USUBJID").cumcount() + 1
        assert domains[name][f"{name}SEQ"].astype(int).tolist() == expected.tolist(), name


def test_study_days_have_no_day_zero_and_agree_with_the_dates(domains: Domains) -> None:
    # First dose = day 1, the day before = day −1 (CDISC).
    assert [write_study_day(day) for day in (-1, 0, 1, 84)] == ["-1", "1", "2", "85"]
    first = domains["DM"].set_index("USUBJID")["RFSTDTC"]
    for row in domains["CP"].itertuples():
        start = first[row.USUBJID]
        if start:
            day = (datetime.fromisoformat(row.CPDTC).date() - datetime.fromisoformat(start).date()).days
            assert int(row.CPDY) == (day + 1 if day >= 0 else day)
        else:
            assert row.CPDY == ""


def test_visits_codes_units_and_doses_are_those_of_the_definition(domains: Domains, protocol: StudyProtocol) -> None:
    labels = {alias for visit in protocol.visits for alias in visit.aliases}
    units = {name for unit in protocol.units for name in unit.names}
    for name, key in (("LB", "alc"), ("CP", "cd4")):
        frame = domains[name]
        scheduled = frame[~frame["VISIT"].str.startswith("UNSCHEDULED")]
        assert set(scheduled["VISIT"]) == labels
        assert set(frame[f"{name}ORRESU"]) - {""} <= units
        assert protocol.analyte(key).codes[0] in set(frame[f"{name}TESTCD"])
    doses = domains["EX"].merge(domains["DM"][["USUBJID", "ARMCD"]], on="USUBJID", validate="many_to_one")
    by_code = {cohort.codes[0]: cohort.dose for cohort in protocol.cohorts}
    assert set(doses["EXDOSU"]) == {"ug/kg"}
    # Three fifths of 480 and three quarters of 720; every other dose is the planned one.
    less = doses["EXDOSE"].astype(float) != doses["ARMCD"].map(by_code)
    assert doses.loc[less, ["USUBJID", "VISIT", "EXDOSE"]].to_numpy().tolist() == [
        ["SYN-480-007", "DOSE 2", "288"],
        ["SYN-720-005", "DOSE 3", "540"],
    ]


def test_two_laboratories_report_in_units_of_their_own(domains: Domains) -> None:
    pairs = domains["LB"][domains["LB"]["LBORRES"] != ""].groupby("LBNAM")["LBORRESU"].unique().map(list).to_dict()
    assert pairs == {LABORATORIES[0].name: ["10^9/L"], LABORATORIES[1].name: ["10^3/uL"]}
    flow = domains["CP"][domains["CP"]["CPORRES"] != ""].groupby("CPNAM")["CPORRESU"].unique().map(list).to_dict()
    assert flow == {LABORATORIES[0].name: ["10^6/L"], LABORATORIES[1].name: ["/uL"]}


def test_counts_are_rounded_as_a_laboratory_reports_them(domains: Domains) -> None:
    assert domains["LB"]["LBORRES"].str.fullmatch(r"(\d+\.\d\d)?").all()
    assert domains["CP"]["CPORRES"].str.fullmatch(r"(\d+|<5)?").all()


def test_at_the_interim_cut_the_cohorts_have_come_differently_far(domains: Domains) -> None:
    dosed = domains["DM"][domains["DM"]["RFSTDTC"] != ""]
    day_at_cut = dosed["RFSTDTC"].map(lambda text: (INTERIM_CUT - datetime.fromisoformat(text).date()).days)
    reached = (day_at_cut >= 252).groupby(dosed["ARMCD"]).mean()
    assert reached["NTI7-240"] == 1
    assert 0.6 < reached["NTI7-480"] < 1
    assert 0.3 < reached["NTI7-720"] < 0.7


def test_nothing_happens_after_the_final_cut_or_before_the_trial_starts_dosing(domains: Domains, large: Domains) -> None:
    for trial in (domains, large):
        assert max(date.fromisoformat(text) for text in trial["SV"]["SVSTDTC"]) <= FINAL_CUT
        assert min(text for text in trial["DM"]["RFSTDTC"] if text).startswith("2024-11-06")


def test_nobody_has_a_record_after_the_end_of_the_study(domains: Domains) -> None:
    ends = domains["DS"][domains["DS"]["DSSCAT"] == "STUDY PARTICIPATION"].set_index("USUBJID")["DSSTDTC"]
    assert (domains["SV"]["SVSTDTC"] <= domains["SV"]["USUBJID"].map(ends)).all()


def story_participants(protocol: StudyProtocol) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for story in STORIES:
        found.setdefault(story.key, []).append(f"SYN-{protocol.cohorts[story.cohort].key}-{story.number:03d}")
    return found


def check_story(key: str, participant: str, domains: Domains) -> bool:
    """Whether the data of this participant show the story."""
    counts, subsets, doses = (rows_of(domains, name, participant) for name in ("LB", "CP", "EX"))
    ends = rows_of(domains, "DS", participant)["DSDECOD"].tolist()
    first_cd4 = pd.to_numeric(subsets.loc[(subsets["CPTESTCD"] == "TLYH") & (subsets["CPLOBXFL"] == "Y"), "CPSTRESN"])
    dose_days = doses["EXSTDY"].astype(int).tolist()
    moments = counts.groupby(["VISIT", counts["LBDTC"].str[:10]])["LBDTC"]
    own_days = pd.to_numeric(counts["LBDY"].where(counts["LBDY"] != "", "0")).astype(int)
    checks = {
        "time-points": lambda: counts["LBTPT"].eq("POST-DOSE").sum() == 3 and counts["LBTPT"].eq("PRE-DOSE").sum() == 3,
        "delayed-dose": lambda: dose_days[1] == 106 and len(dose_days) == 3,
        "no-baseline": lambda: len(dose_days) == 3 and (counts.loc[own_days <= 1, "LBSTAT"] == "NOT DONE").all(),
        "near-limit": lambda: "<5" in set(subsets["CPORRES"]),
        "lost": lambda: "LOST TO FOLLOW-UP" in ends and "WEEK 36" in set(counts["VISIT"]),
        "above-bound": lambda: first_cd4.iloc[0] > 150,
        "two-samples": lambda: moments.nunique().eq(2).any() and (moments.size() - moments.nunique() == 1).any(),
        "remote-laboratory": lambda: set(counts["LBNAM"]) == {LABORATORIES[1].name},
        "missed-dose": lambda: len(dose_days) == 2 and "WEEK 60" in set(counts["VISIT"]),
        "withdrew": lambda: "WITHDRAWAL BY SUBJECT" in ends and len(dose_days) == 2,
        "unscheduled": lambda: counts["VISIT"].str.startswith("UNSCHEDULED").sum() == 2,
        "screening-only": lambda: set(counts["VISIT"]) == {"SCREENING"} and not dose_days,
        "late-visit": lambda: own_days[counts["VISIT"] == "WEEK 36"].iloc[0] - 1 >= 294,
        "died": lambda: ends[-1] == "DEATH" and "5" in set(rows_of(domains, "AE", participant)["AETOXGR"]),
        "missed-visits": lambda: not {"DOSE 1 DAY 30", "WEEK 48"} & set(counts["VISIT"]) and "WEEK 60" in set(counts["VISIT"]),
        "steroid": lambda: "PREDNISONE" in set(rows_of(domains, "CM", participant)["CMTRT"]),
        "never-dosed": lambda: not dose_days and "PRE-DOSE 1" in set(counts["VISIT"]),
    }
    return bool(checks[key]())


@pytest.mark.parametrize("key", sorted({story.key for story in STORIES}))
def test_every_story_is_told_by_the_data(key: str, told: Domains, protocol: StudyProtocol) -> None:
    for participant in story_participants(protocol)[key]:
        assert check_story(key, participant, told), participant


def test_a_dead_participant_is_marked_in_demographics(domains: Domains) -> None:
    dead = domains["DM"][domains["DM"]["DTHFL"] == "Y"]
    assert dead["USUBJID"].tolist() == ["SYN-720-005"]
    assert (rows_of(domains, "SV", "SYN-720-005")["SVSTDTC"] <= dead["DTHDTC"].iloc[0]).all()


def test_baseline_flags_mark_the_last_result_before_the_first_dose(domains: Domains) -> None:
    first = domains["DM"].set_index("USUBJID")["RFSTDTC"]
    subset = domains["CP"][domains["CP"]["CPTESTCD"] == "TLYH"]
    before = subset[(subset["CPORRES"] != "") & (subset["CPDTC"] < subset["USUBJID"].map(first))]
    assert set(before.groupby("USUBJID").tail(1).index) == set(subset.index[subset["CPLOBXFL"] == "Y"])


def test_concentrations_below_the_assay_limit_are_written_as_such(domains: Domains) -> None:
    below = domains["PC"]["PCORRES"] == "<0.031"
    assert below.any()
    assert (pd.to_numeric(domains["PC"].loc[~below, "PCORRES"]) >= 0.031).all()
    assert (domains["PC"].loc[below, "PCSTRESN"] == "").all()


def test_adverse_events_occur_at_about_the_stated_rates(large: Domains) -> None:
    # C6: injection site reactions in 40–60 % of participants, fever or flu-like illness in 10–15 %, hypersensitivity 3–5 %,
    # of those with all three doses. 999 participants, four standard errors: 6.3, 4.2 and 2.5 percentage points; a few get
    # fewer doses.
    events = large["AE"]
    share = {term: rows["USUBJID"].nunique() / 999 for term, rows in events.groupby("AEDECOD")}
    assert 0.40 <= share["Injection site reaction"] <= 0.60
    flu = events[events["AEDECOD"].isin(["Pyrexia", "Influenza like illness"])]["USUBJID"].nunique() / 999
    assert flu == pytest.approx(0.12, abs=0.042)
    assert share["Hypersensitivity"] == pytest.approx(0.04, abs=0.025)
