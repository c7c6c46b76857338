"""What is recorded beside the courses: told in advance, found in the rows, and the counts as they would be without it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dashboard.simulate import dosing, told_events
from dashboard.simulate.stories import RECORDED, STORIES
from dashboard.simulate.trial import SEED, simulate_trial
from dashboard.study.definitions import BUILT_IN, read_definition

Domains = dict[str, pd.DataFrame]


@pytest.fixture(scope="module", params=[SEED, 5])
def told(request: pytest.FixtureRequest) -> Domains:
    return simulate_trial(10, request.param)


@pytest.fixture(scope="module")
def domains() -> Domains:
    return simulate_trial(10, SEED)


def rows_of(domains: Domains, domain: str, participant: str) -> pd.DataFrame:
    frame = domains[domain]
    return frame[frame["USUBJID"] == participant]


def find_participant(key: str) -> str:
    cohorts = read_definition(BUILT_IN / "nct05600920.toml").cohort_keys
    (place,) = [(story.cohort, story.number) for story in (*STORIES, *RECORDED) if story.key == key]
    return f"SYN-{cohorts[place[0]]}-{place[1]:03d}"


def test_nobody_has_two_things_told_at_one_place() -> None:
    for stories in (STORIES, RECORDED):
        places = [(story.cohort, story.number) for story in stories]
        assert len(set(places)) == len(places)


# Per thing recorded: the event by which it shows, and the columns of AE that must hold these texts.
EVENTS: list[tuple[str, str, dict[str, str]]] = [
    ("delayed-dose", "Herpes zoster", {"AEACN": "DOSE DELAYED", "AETOXGR": "2", "AESTDY": "79"}),
    ("missed-dose", told_events.LIVER, {"AEACN": "DRUG WITHDRAWN", "AETOXGR": "3", "AEREL": "PROBABLE"}),
    ("interrupted-dose", "Hypersensitivity", {"AEACN": "DRUG INTERRUPTED", "AESER": "Y", "AETOXGR": "3", "AEREL": "DEFINITE"}),
    ("reduced-dose", told_events.LIVER, {"AEACN": "DOSE REDUCED", "AETOXGR": "2", "AEREL": "PROBABLE"}),
    ("severe-reaction", told_events.REACTION, {"AETOXGR": "3", "AESTDY": "2", "AEREL": "DEFINITE"}),
    ("ungraded", "Toothache", {"AETOXGR": "", "AEREL": "", "AEACN": ""}),
    ("before-dose", "Headache", {"AESTDY": "-12", "AEENDY": "-9", "AETOXGR": "1"}),
    ("no-start", "Nausea", {"AESTDTC": "", "AESTDY": ""}),
]


@pytest.mark.parametrize(("key", "term", "columns"), EVENTS)
def test_the_event_told_is_in_the_rows(told: Domains, key: str, term: str, columns: dict[str, str]) -> None:
    events = rows_of(told, "AE", find_participant(key))
    events = events[events["AEDECOD"] == term]
    assert (events[list(columns)] == pd.Series(columns)).all(axis=1).sum() == 1


@pytest.mark.parametrize(
    ("key", "term", "length"), [("around-first-dose", "Sinusitis", 7), ("month-only", "Insomnia", 7), ("year-only", "Arthralgia", 4)]
)
def test_a_start_known_in_part_has_no_study_day(told: Domains, key: str, term: str, length: int) -> None:
    (event,) = rows_of(told, "AE", find_participant(key)).query("AEDECOD == @term").to_dict("records")
    assert (len(event["AESTDTC"]), event["AESTDY"]) == (length, "")


def test_the_start_around_the_first_dose_may_lie_before_it_and_after_it(domains: Domains) -> None:
    # Dosed on 2024-11-06; the sinusitis began in November 2024 and ended on the 22nd.
    participant = find_participant("around-first-dose")
    (event,) = rows_of(domains, "AE", participant).query("AEDECOD == 'Sinusitis'").to_dict("records")
    assert rows_of(domains, "DM", participant)["RFSTDTC"].tolist() == ["2024-11-06T12:00"]
    assert (event["AESTDTC"], event["AEENDTC"], event["AEENDY"]) == ("2024-11", "2024-11-22", "17")


def test_a_late_or_smaller_dose_says_why(told: Domains) -> None:
    adjusted = told["EX"][told["EX"]["EXADJ"] != ""].set_index("USUBJID")
    expected = {find_participant(key): reason for key, (_, reason) in dosing.REASONS.items()}
    assert adjusted["EXADJ"].to_dict() == expected
    assert {participant: int(row["VISIT"][-1]) for participant, row in adjusted.iterrows()} == {
        find_participant(key): number for key, (number, _) in dosing.REASONS.items()
    }


def test_the_amount_in_milligrams_is_the_dose_level_given_times_the_weight(domains: Domains) -> None:
    # 720-005: 189 cm, 121.2 kg, BMI 33.9, so the adjusted weight counts: man of 74.4 inches, ideal 50 + 2.3 × 14.41 = 83.14;
    # 83.14 + 0.4 × (121.2 − 83.14) = 98.4 kg. Doses 1 and 2: 0.720 × 98.4 = 70.85 mg; dose 3, three quarters: 53.14 mg.
    assert rows_of(domains, "DM", "SYN-720-005")["SEX"].tolist() == ["M"]
    supplement = rows_of(domains, "SUPPEX", "SYN-720-005")
    assert supplement.loc[supplement["QNAM"] == "EXAMTMG", "QVAL"].tolist() == ["70.85", "70.85", "53.14"]
    assert supplement.loc[supplement["QNAM"] == "EXPLDOS", "QVAL"].tolist() == ["720", "720", "720"]


def test_a_smaller_dose_changes_the_counts_after_it_and_nothing_else(domains: Domains, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dosing, "SHARES", {})
    plain = simulate_trial(10, SEED)
    smaller = {find_participant("interrupted-dose"): 84, find_participant("reduced-dose"): 168}
    for name in ("LB", "CP", "PC"):
        changed = (domains[name] != plain[name]).any(axis=1)
        rows = domains[name][changed]
        assert set(rows["USUBJID"]) == set(smaller)
        assert (rows[f"{name}DY"].astype(int) >= rows["USUBJID"].map(smaller)).all()
    for name in ("SV", "DS", "AE", "IS", "FA", "VS", "QS", "CM"):
        assert domains[name].equals(plain[name]), name


def test_what_is_recorded_leaves_visits_and_counts_of_the_others_as_they_are(domains: Domains, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.simulate.participants.find_recorded", lambda cohort, number: "")
    plain = simulate_trial(10, SEED)
    for name in ("SV", "VS", "FA"):
        assert domains[name].equals(plain[name]), name
    for name in ("LB", "CP", "PC"):
        rows = domains[name][(domains[name] != plain[name]).any(axis=1)]
        assert set(rows["USUBJID"]) == {find_participant("interrupted-dose"), find_participant("reduced-dose")}
    others = ~domains["EX"]["USUBJID"].isin([find_participant("interrupted-dose"), find_participant("reduced-dose")])
    assert domains["EX"][others].equals(plain["EX"][others])


def test_only_site_reactions_of_the_last_cohort_are_graded_on_the_other_scale(told: Domains) -> None:
    events, scales = told["AE"], told["SUPPAE"]
    joined = events.merge(scales, left_on=["USUBJID", "AESEQ"], right_on=["USUBJID", "IDVARVAL"], validate="one_to_one")
    other = joined["QVAL"] == "DAIDS 2.1"
    assert other.sum() >= 3
    expected = (joined["AEDECOD"] == "Injection site reaction") & joined["USUBJID"].str.startswith("SYN-720")
    assert (other == expected).all()
    assert set(joined.loc[~other, "QVAL"]) == {"CTCAE v5.0"}
    assert len(joined) == (events["AETOXGR"] != "").sum() == len(events) - 1


def read_titre(text: str) -> int:
    return int(text.removeprefix("1:")) if text != "NEGATIVE" else 0


def test_titres_are_doubling_dilutions_and_only_what_binds_is_tested_for_neutralisation(told: Domains) -> None:
    antibodies = told["IS"]
    binding, neutral = (antibodies[antibodies["ISTESTCD"] == code] for code in ("ADA_BAB", "ADA_NAB"))
    titres = binding["ISSTRESC"].map(read_titre)
    assert set(titres) <= {0, *(10 * 2**level for level in range(10))}
    tested = set(zip(neutral["USUBJID"], neutral["ISDTC"], strict=True))
    assert tested == set(zip(binding["USUBJID"][titres > 0], binding["ISDTC"][titres > 0], strict=True))
    assert set(neutral["ISSTRESC"]) == {"POSITIVE", "NEGATIVE"}


def test_antibodies_before_the_first_dose_are_those_told(told: Domains) -> None:
    first = told["DM"].set_index("USUBJID")["RFSTDTC"]
    binding = told["IS"][told["IS"]["ISTESTCD"] == "ADA_BAB"]
    before = binding[binding["ISDTC"] < binding["USUBJID"].map(first)]
    positive = before[before["ISSTRESC"] != "NEGATIVE"]
    assert set(positive["USUBJID"]) == {find_participant("boosted"), find_participant("not-boosted")}
    titres = binding.assign(titre=binding["ISSTRESC"].map(read_titre)).groupby("USUBJID")["titre"]
    assert titres.max()[find_participant("boosted")] >= 4 * titres.first()[find_participant("boosted")]
    assert titres.max()[find_participant("not-boosted")] < 4 * titres.first()[find_participant("not-boosted")]


def test_who_is_told_not_to_be_tested_has_no_antibody_result_and_everyone_else_dosed_has(told: Domains) -> None:
    dosed = set(told["DM"].loc[told["DM"]["RFSTDTC"] != "", "USUBJID"])
    assert dosed - set(told["IS"]["USUBJID"]) == {find_participant("not-tested")}


def test_antinuclear_antibodies_appear_late_where_told(told: Domains) -> None:
    nuclear = rows_of(told, "IS", find_participant("antinuclear")).query("ISTESTCD == 'ANA'")
    positive = nuclear["ISSTRESC"] != "NEGATIVE"
    assert positive.any()
    assert nuclear.loc[positive, "ISDY"].astype(int).min() > 240 >= nuclear.loc[~positive, "ISDY"].astype(int).max()


def test_the_sum_of_the_questionnaire_is_the_sum_of_its_items(told: Domains) -> None:
    answers = told["QS"][told["QS"]["QSSTAT"] == ""]
    scores = answers.assign(score=answers["QSSTRESN"].astype(int))
    wide = scores.pivot(index=["USUBJID", "QSDTC"], columns="QSTESTCD", values="score")
    assert (wide[["SYNQ01", "SYNQ02", "SYNQ03", "SYNQ04"]].sum(axis=1) == wide["SYNQSUM"]).all()
    assert wide[["SYNQ01", "SYNQ02", "SYNQ03", "SYNQ04"]].isin(range(5)).all(axis=None)
    assert answers["QSTEST"].str.startswith("Synthetic").all()
    assert answers["QSCAT"].str.startswith("SYNTHETIC").all()


def test_a_refused_questionnaire_is_one_row_that_was_not_done(domains: Domains) -> None:
    refused = domains["QS"][domains["QS"]["QSSTAT"] != ""]
    assert refused[["USUBJID", "VISIT", "QSSTAT"]].to_numpy().tolist() == [[find_participant("unanswered"), "WEEK 36", "NOT DONE"]]


def test_lesion_extent_follows_the_lesion_count(told: Domains) -> None:
    wide = told["FA"].pivot(index=["USUBJID", "FADTC"], columns="FATESTCD", values="FASTRESC").dropna(subset=["LESCNT"])
    numbers = wide["LESCNT"].astype(int)
    assert wide["LESEXT"][numbers == 0].eq("NONE").all()
    assert wide["LESEXT"][numbers.between(1, 5)].eq("FEW").all()
    assert wide["LESEXT"][numbers > 5].eq("MANY").all()


def test_events_are_treated_from_their_start_and_nothing_ends_before_it_begins(told: Domains) -> None:
    taken = told["CM"][told["CM"]["CMTRT"] == "VALACICLOVIR"]
    zoster = told["AE"][told["AE"]["AEDECOD"] == "Herpes zoster"]
    assert set(zip(taken["USUBJID"], taken["CMSTDTC"], strict=True)) == set(zip(zoster["USUBJID"], zoster["AESTDTC"], strict=True))
    full = told["CM"][(told["CM"]["CMENDTC"] != "") & (told["CM"]["CMSTDTC"].str.len() == 10)]
    days = full["CMENDTC"].map(date.fromisoformat) - full["CMSTDTC"].map(date.fromisoformat)
    assert (days >= pd.Timedelta(0)).all()


def test_steroids_antibiotics_and_a_start_known_to_the_year_are_among_the_medications(told: Domains) -> None:
    classes = told["CM"].groupby("CMCLAS")["USUBJID"].nunique()
    assert classes["CORTICOSTEROIDS FOR SYSTEMIC USE"] >= 2
    assert classes["ANTIBACTERIALS FOR SYSTEMIC USE"] >= 10
    partial = told["CM"][told["CM"]["CMSTDTC"].str.len() < 10]
    assert partial[["USUBJID", "CMSTDTC", "CMSTDY"]].to_numpy().tolist() in ([], [[find_participant("year-only"), "2024", ""]])


def test_treatment_ends_early_for_those_not_given_every_dose(domains: Domains) -> None:
    ended = domains["DS"][domains["DS"]["DSSCAT"] == "STUDY TREATMENT"]
    # The third dose was planned on day 168 (study day 169); consent was withdrawn on day 128 (study day 129).
    assert ended[["USUBJID", "DSDECOD", "DSSTDY"]].to_numpy().tolist() == [
        [find_participant("missed-dose"), "ADVERSE EVENT", "169"],
        [find_participant("withdrew"), "WITHDRAWAL BY SUBJECT", "129"],
    ]


def test_from_a_body_mass_index_of_thirty_on_the_first_amount_is_less_than_the_weight_asks_for(domains: Domains) -> None:
    signs = domains["VS"].pivot(index="USUBJID", columns="VSTESTCD", values="VSSTRESN").astype(float)
    first = domains["SUPPEX"][domains["SUPPEX"]["IDVARVAL"] == "1"].pivot(index="USUBJID", columns="QNAM", values="QVAL").astype(float)
    weight = 1000 * first["EXAMTMG"] / first["EXPLDOS"]
    signs = signs.loc[first.index]
    heavy = signs["BMI"] >= 30
    assert heavy.sum() == 7
    assert (weight[heavy] < signs["WEIGHT"][heavy] - 1).all()
    # The amount is rounded to 0.01 mg: at 240 µg/kg that is half of 0.01 / 0.240 = 0.02 kg.
    assert weight[~heavy].to_numpy() == pytest.approx(signs["WEIGHT"][~heavy].to_numpy(), abs=0.021)
