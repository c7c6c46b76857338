"""A response rate, a survival estimate, a best response and a time to an event, back to their rows; numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.endpoints.pooled.rates import Group, everyone
from dashboard.endpoints.pooled.response import derive_best_responses
from dashboard.endpoints.provenance.response_rates import trace_best_response, trace_rate
from dashboard.endpoints.provenance.steps import Step
from dashboard.errors import NotFoundError
from dashboard.provenance import Derivation, describe_derivation, offer_numbers
from dashboard.response import find_best
from dashboard.study.references import decode_reference
from tests.endpoints.builders import build_analysis, course
from tests.endpoints.pooled.answered import RESPONSE, findings
from tests.endpoints.provenance.delivered import places, step, table
from tests.panels.surviving import Person, open_survival

# Progression-free: a 200 (relapse), b 45 (relapse), c 500 (censored), d 20 (death), e 300 (censored).
PEOPLE = {
    "a": Person([("transplant", 60), ("relapse", 200), ("death", 320)], responded=28),
    "b": Person([("relapse", 45), ("death", 100)], responded=30),
    "c": Person([("transplant", 80), ("contact", 500)], responded=28),
    "d": Person([("death", 20)]),
    "e": Person([("contact", 300)], "lymphoma", "T-2"),
}
ROWS = findings(
    ("one", "BESTRESP", 60, "CR"),
    ("one", "OVRLRESP", 28, "PR"),
    ("one", "OVRLRESP", 60, "CR"),
    ("two", "BESTRESP", 30, "SD"),
    ("two", "OVRLRESP", 30, "PR"),
    ("three", "BESTRESP", None, "NE"),
    ("four", "OVRLRESP", 28, "CRi"),
    ("five", "BESTRESP", 28, "PD"),
    ("six", "BESTRESP", 28, "CR"),
    ("seven", "BESTRESP", 28, "CR"),
)
NAMES = ("one", "two", "three", "four", "five", "six", "seven")


def answered() -> tuple[Step, ...]:
    """Overall response among the evaluable, of everybody; the seventh was not infused."""
    analysis = build_analysis([row for name in NAMES for row in course(name, {0: 100.0})], doses={"seven": ()})
    best = derive_best_responses(analysis, ROWS, RESPONSE)
    return trace_rate(best, everyone(best), RESPONSE, "orr", "evaluable", "exact")


def explain(of: str, **choices: object) -> Derivation:
    return describe_derivation(open_survival(PEOPLE, of=of, **choices))


def sentence(found: Derivation, title: str) -> str:
    (only,) = [each.sentence for each in found.steps if each.title == title]
    return only


def test_a_rate_lists_everyone_of_the_group_with_word_file_and_row() -> None:
    lines = {line[0]: line[1:] for line in table(answered(), "Participants").rows}
    assert lines["one"] == ("CR", "CR", "60", "rs.csv row 1", "yes", "yes")
    assert lines["two"] == ("SD", "SD", "30", "rs.csv row 4", "yes", "no")
    assert lines["three"] == ("NE", "not evaluable", "–", "rs.csv row 6", "no: not evaluable", "–")
    assert lines["four"] == ("CRi", "CRi", "28", "rs.csv row 7", "yes", "yes")
    assert lines["seven"][4:] == ("no: not infused", "–")
    assert table(answered(), "Participants").links == tuple(f"best-response:{name}" for name in lines)


def test_every_kind_has_a_title_in_words_and_a_missing_participant_or_group_is_named() -> None:
    texts = {
        "rate:orr:trial:t-1:infused": "Overall response (CR or PR), Trial 1, of those infused",
        "best-response:a": "Best response of a",
        "survival:os:no:lymphoma:28": "Overall survival, Lymphoma on day 28",
        "event-time:a:os:no": "Overall survival of a",
    }
    assert {text: explain(text).title for text in texts} == texts
    for text in ("best-response:nobody", "event-time:nobody:os:no", "survival:os:no:nowhere:28", "rate:orr:trial:t-9:infused"):
        with pytest.raises(NotFoundError, match="There is no"):
            explain(text)


def test_a_rate_adds_up_to_n_and_the_proportion_has_its_interval() -> None:
    # Evaluable: one CR, two SD, four CRi, five PD, six CR. n = 2 CR + 1 CRi + 0 PR = 3 of 5; Clopper–Pearson of 3/5: 14.66 to 94.73 %.
    steps = answered()
    assert step(steps, "Participants").sentence == "7 participants of the selection in this group; 5 in N."
    said = "2 CR + 1 CRi + 0 PR = 3 of the 5 in N respond; 2 not; outside N: 2. Together 7."
    assert step(steps, "Responders").sentence == said
    assert table(steps, "Responders").rows == (("CR", "2", "yes"), ("CRi", "1", "yes"), ("SD", "1", "no"), ("PD", "1", "no"))
    assert steps[-1].sentence == "3/5 = 60 %, interval 14.66 to 94.73 %."
    assert steps[-1].result == pytest.approx(0.6)


def test_a_rate_of_nobody_has_no_proportion_and_an_unknown_one_does_not_exist() -> None:
    best = find_best(open_survival(PEOPLE))
    nobody = Group("trial", "t-3", "Trial 3", best["infused"].to_numpy(dtype=bool) & False)
    steps = trace_rate(best, nobody, RESPONSE, "orr", "infused", "exact")
    assert (steps[0].table, steps[-1].sentence, steps[-1].result) == (None, "N is 0, so there is no proportion.", None)
    with pytest.raises(NotFoundError, match="There are: orr, cr-cri"):
        trace_rate(best, nobody, RESPONSE, "cure", "infused", "exact")
    with pytest.raises(NotFoundError, match="denominator “dosed”"):
        trace_rate(best, nobody, RESPONSE, "orr", "dosed", "exact")


@pytest.mark.parametrize(
    ("name", "said", "first", "row"),
    [
        ("one", "“CR” (rs.csv row 1), as the delivery states it: CR.", 28, 2),
        ("two", "“SD” (rs.csv row 4), as the delivery states it: SD. The best assessment after day 0 is another;", None, None),
        ("four", "“CRi” (rs.csv row 7), the best of the assessments after day 0: CRi.", 28, 7),
    ],
)
def test_a_best_response_is_traced_to_its_records(name: str, said: str, first: int | None, row: int | None) -> None:
    analysis = build_analysis([row for name in NAMES for row in course(name, {0: 100.0})], doses={"seven": ()})
    best = derive_best_responses(analysis, ROWS, RESPONSE)
    steps = trace_best_response(analysis, ROWS, best, RESPONSE, name)
    assert step(steps, "Best response").sentence.startswith(said)
    assert steps[-1].result == first
    assert places(steps[-1]) == ([] if row is None else [("rs.csv", row)])


def test_a_share_without_event_is_the_product_of_its_steps() -> None:
    # Day 20: 5 at risk, 1 event; day 45: 4 at risk, 1 event; (1 − 1/5) × (1 − 1/4) = 0.8 × 0.75 = 0.6. 3 have a time of 90 or more.
    # Greenwood: 1/20 + 1/12 = 0.1333; 0.6 to the powers exp(± 1.96 √0.1333 / ln 0.6) = 4.059 and 0.2463: 12.57 and 88.18 %.
    found = explain("survival:pfs:no:all:90")
    assert found.title == "Progression-free survival, all cohorts shown on day 90"
    assert sentence(found, "Steps of the curve") == "2 events on 2 days up to day 90. (1 − 1/5) × (1 − 1/4) = 60 %."
    steps = next(each.table for each in found.steps if each.title == "Steps of the curve")
    assert steps is not None
    assert steps.rows == (("20", "5", "1", "0", "100 % × (1 − 1/5) = 80 %"), ("45", "4", "1", "0", "80 % × (1 − 1/4) = 60 %"))
    assert sentence(found, "At risk") == "3 of 5 have a time of 90 days or more."
    assert sentence(found, "Interval") == "1/(5 × 4) + 1/(4 × 3) = 0.1333; the limits are 12.57 and 88.18 %."
    assert found.steps[-1].sentence == "60 % are without an event on day 90, 95 % interval 12.57 to 88.18 %."


def test_everyone_of_a_curve_is_listed_with_time_end_file_and_row() -> None:
    people = explain("survival:pfs:no:all:90").steps[0]
    assert people.sentence == "5 participants of the selection, all cohorts shown; 5 in the curve."
    assert people.table is not None
    assert people.table.rows[0] == ("a", "200", "Relapse", "event", "ds.csv row 2")
    assert people.table.rows[2] == ("c", "500", "Last contact", "censored", "ds.csv row 2")
    assert decode_reference(people.table.links[0]).participant == "a"


def test_a_transplant_ends_times_where_the_view_says_so() -> None:
    # a and c are censored on days 60 and 80, so that of five one is at risk on day 90; the share is that of day 45.
    found = explain("survival:pfs:yes:all:90", censor="yes")
    assert sentence(found, "At risk") == "1 of 5 have a time of 90 days or more."
    assert found.steps[-1].sentence.startswith("60 % are without an event on day 90")
    with pytest.raises(NotFoundError, match="way to censor in this view “yes”"):
        explain("survival:pfs:yes:all:90")


def test_a_median_and_a_day_that_nobody_reached_say_what_the_curve_says() -> None:
    # 0.6 × (1 − 1/3) = 0.4 on day 200: the first day at 50 % or less.
    assert explain("survival:pfs:no:all:none").steps[-1].sentence.startswith("The share falls to 50 % or less on day 200.")
    assert explain("survival:os:no:lymphoma:none").steps[-1].sentence.startswith("The share does not fall to 50 %")
    said = explain("survival:os:no:lymphoma:400").steps[-1].sentence
    assert said == "Nobody was observed until day 400, and nothing is extrapolated."


def test_from_a_landmark_on_days_count_from_it_and_earlier_ends_are_out() -> None:
    # After day 28: a 172 (event), b 17 (event), c 472, e 272. Day 90 is 62 days later: 1 − 1/4.
    found = explain("survival:pfs:no:all:90", landmark="28")
    assert found.steps[0].table is not None
    assert found.steps[0].table.rows[3] == ("d", "20", "Death", "ended by day 28", "ds.csv row 1")
    assert sentence(found, "Steps of the curve") == "1 event on 1 day up to day 62 since day 28. (1 − 1/4) = 75 %."


def test_a_time_is_traced_to_the_first_event_and_the_row_that_ended_it() -> None:
    found = explain("event-time:a:pfs:no")
    assert found.title == "Progression-free survival of a"
    assert found.steps[0].rows[1][:3] == ("ds.csv", "2", "Relapse")
    assert sentence(found, "First event") == "The first is relapse, on day 200."
    assert found.steps[-1].sentence == "200 days, an event: relapse (ds.csv row 2)."
    assert explain("event-time:a:pfs:yes", censor="yes").steps[-1].sentence == "60 days, censored: transplant (ds.csv row 1)."
    assert explain("event-time:e:pfs:no").steps[-1].sentence == "300 days, censored: last contact (ds.csv row 1)."


def test_a_duration_of_response_counts_from_the_first_response() -> None:
    said = [explain(f"event-time:{name}:response-duration:no").steps[-1].sentence for name in ("a", "d")]
    assert said[0] == "day 200 − day 28 = 172 days, an event: relapse (ds.csv row 2)."
    assert said[1] == "d did not respond, so there is no duration of a response."


def test_a_delivered_time_is_traced_to_its_row() -> None:
    people = {name: replace(person, told=[]) for name, person in PEOPLE.items()}
    scene = open_survival(people, [("a", "PFS", 123.0, True)], of="event-time:a:pfs:no")
    found = describe_derivation(scene)
    assert [row[2] for row in found.steps[0].rows] == ["123 days"]
    assert found.steps[-1].sentence.startswith("123 days, an event")


def test_the_page_offers_each_rate_and_curve_and_every_offer_can_be_followed() -> None:
    scene = open_survival(PEOPLE)
    offered = {choice.title: choice for choice in offer_numbers(scene)}
    rates = offered["Response rates among those evaluable"]
    assert rates.rows[0] == (("All shown", ""), ("3/3", "rate:orr:all:all:evaluable"), ("3/3", "rate:cr:all:all:evaluable"))
    ours = [rates, *(offered[name] for name in ("Progression-free survival", "Overall survival", "Duration of response"))]
    asked = [of for choice in ours for row in choice.rows for _, of in row if of]
    assert len(asked) > 20
    for of in asked:
        assert describe_derivation(replace(scene, view=replace(scene.view, of=of))).steps
