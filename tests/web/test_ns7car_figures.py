"""Every figure of the NS7CAR abstract, through the HTTP tables of the running application: the source's, and those of the delivery.

The numbers below are printed in the abstract (`Abstract of the pooled NS7CAR analysis`); intervals were computed with R's binom.test.
"""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from flask.testing import FlaskClient

API = "/api/v1/ns7car"
Row = dict[str, Any]

# figure: numerator, denominator, percent as printed (None where the abstract prints none)
COUNTS = {
    "t-all": (159, 334, 47.6),
    "t-lbl": (121, 334, 36.2),
    "mpal": (24, 334, 7.2),
    "aml": (21, 334, 6.3),
    "ptcl": (9, 334, 2.7),
    "male": (255, 334, 76.3),
    "female": (79, 334, 23.7),
    "prior-transplant": (88, 334, 26.3),
    "second-transplant": (4, 88, None),
    "marrow": (128, 334, 38.3),
    "extramedullary": (56, 334, 16.8),
    "both": (137, 334, 41.0),
    "blasts": (79, 265, 29.8),
    "dose-5e5": (51, 334, 15.3),
    "dose-1e6": (278, 334, 83.2),
    "dose-over-1e6": (5, 334, 1.5),
    "evaluable": (329, 334, None),
    "orr": (284, 329, 86.3),
    "cr-cri": (278, 329, 84.5),
    "transplanted": (245, 334, 73.4),
    "crs": (320, 334, 95.8),
    "crs-1-2": (286, 334, 85.6),
    "crs-3-5": (34, 334, 10.2),
    "icans": (11, 334, 3.3),
    "icans-1-2": (3, 334, 0.9),
    "icans-3-5": (8, 334, 2.4),
}
# figure: median, lowest, highest, of how many
SPREADS = {
    "age": (24, 2, 67, 334),
    "relapse-after-transplant": (265, 31, 2432, 88),
    "time-to-transplant": (57, 28, 227, 245),
    "pfs": (547.5, 45, 1694, 334),
    "os": (567.5, 45, 1694, 334),
}


@pytest.fixture(scope="module")
def figures(demo_app: Any) -> dict[str, Row]:
    rows = demo_app.server.test_client().get(f"{API}/reported.json").get_json()
    return {row["figure"]: row for row in rows}


def read(client: FlaskClient, table: str, query: str = "") -> list[Row]:
    answer = client.get(f"{API}/{table}.json?{query}")
    assert answer.status_code == 200
    rows: list[Row] = answer.get_json()
    return rows


def test_every_figure_of_the_abstract_is_there_and_no_other(figures: dict[str, Row]) -> None:
    assert set(figures) == {*COUNTS, *SPREADS, "dose"}


@pytest.mark.parametrize("figure", COUNTS)
def test_a_count_is_printed_as_in_the_abstract_and_found_in_the_delivery(figure: str, figures: dict[str, Row]) -> None:
    n, of, percent = COUNTS[figure]
    row = figures[figure]
    assert (row["reported_n"], row["reported_of"], row["reported_percent"]) == (n, of, percent)
    assert (row["n"], row["of"], row["agrees"], row["missing"]) == (n, of, "yes", "")
    assert row["percent"] == pytest.approx(100 * n / of)
    assert row["lower"] < row["percent"] < row["upper"]
    # What was printed is the percent with one decimal.
    assert percent is None or round(row["percent"], 1) == percent


@pytest.mark.parametrize("figure", SPREADS)
def test_a_median_and_its_range_are_printed_as_in_the_abstract_and_found_in_the_delivery(figure: str, figures: dict[str, Row]) -> None:
    median, low, high, n = SPREADS[figure]
    row = figures[figure]
    assert (row["reported_value"], row["reported_low"], row["reported_high"]) == (median, low, high)
    assert (row["value"], row["low"], row["high"], row["n"], row["agrees"]) == (median, low, high, n, "yes")


def test_the_median_dose_is_one_million_cells_per_kg(figures: dict[str, Row]) -> None:
    assert (figures["dose"]["reported_value"], figures["dose"]["value"], figures["dose"]["unit"]) == (1.0, 1.0, "× 10⁶ cells/kg")


@pytest.mark.parametrize(
    ("figure", "lower", "upper"),
    [
        # binom.test(284, 329)$conf.int and so on, in percent.
        ("orr", 82.1291460, 89.8453149),
        ("cr-cri", 80.1271172, 88.2351300),
        ("icans-1-2", 0.18561559, 2.60235449),
    ],
)
def test_the_interval_is_the_exact_one(figure: str, lower: float, upper: float, figures: dict[str, Row]) -> None:
    assert (figures[figure]["lower"], figures[figure]["upper"]) == pytest.approx((lower, upper), abs=1e-6)


def test_parts_add_up_as_far_as_the_abstract_lets_them(figures: dict[str, Row]) -> None:
    def total(*keys: str) -> int:
        return sum(figures[key]["n"] for key in keys)

    assert total("t-all", "t-lbl", "mpal", "aml", "ptcl") == 334
    assert total("male", "female") == 334
    assert total("dose-5e5", "dose-1e6", "dose-over-1e6") == 334
    assert total("crs-1-2", "crs-3-5") == figures["crs"]["n"] == 320
    assert total("icans-1-2", "icans-3-5") == figures["icans"]["n"] == 11
    # 13 are not accounted for, and those with marrow involvement are the 265 of whom blasts are reported.
    assert total("marrow", "extramedullary", "both") == 321
    assert total("marrow", "both") == figures["blasts"]["of"] == 265


@pytest.mark.parametrize(
    ("figure", "doubt", "words"),
    [
        ("both", "Does not add up", ["the remaining 137", "13 participants"]),
        ("pfs", "Not Kaplan–Meier", ["median of the times observed", "half a day"]),
        ("os", "Not Kaplan–Meier", ["1,694", "2025-08-01", "72 days"]),
        ("cr-cri", "Named otherwise", ["“CR rate”", "83.2 %", "278 is also"]),
        ("orr", "Two denominators", ["85.0 %"]),
        ("evaluable", "Not explained", ["5 of the 334"]),
        ("dose-over-1e6", "A range, not a level", ["three dose levels"]),
        ("relapse-after-transplant", "A number used twice", ["265"]),
        ("transplanted", "Left open", ["consolidation", "survival"]),
        ("crs", "Scale not named", ["no grading scale"]),
        ("icans-1-2", "Unusual", ["grade 3 or higher"]),
    ],
)
def test_a_figure_on_which_the_abstract_contradicts_itself_carries_a_mark_with_words(
    figure: str, doubt: str, words: list[str], figures: dict[str, Row]
) -> None:
    assert figures[figure]["doubt"] == doubt
    assert [word for word in words if word not in figures[figure]["note"]] == []


def test_percentages_of_all_infused_are_those_the_marks_name(client: FlaskClient) -> None:
    # 284 and 278 of 334 are 85.03 and 83.23 percent.
    rows = [row for row in read(client, "response-summary") if row["category"] == "all" and row["kind"] == "rate"]
    found = {(row["measure"], row["among"]): (row["n"], row["of"]) for row in rows}
    assert found[("orr", "infused")] == (284, 334)
    assert found[("cr-cri", "infused")] == (278, 334)
    assert found[("orr", "evaluable")] == (284, 329)
    assert found[("cr-cri", "evaluable")] == (278, 329)


@pytest.mark.parametrize(
    ("by", "sizes"),
    [
        ("disease", {"t-all": 159, "t-lbl": 121, "mpal": 24, "aml": 21, "ptcl": 9}),
        ("dose", {"5e5": 51, "1e6": 278, "over-1e6": 5}),
        ("transplant", {"none": 246, "after-first": 84, "after-second": 4}),
        ("involvement", {"marrow": 128, "extramedullary": 56, "both": 137, "not-reported": 13}),
        ("blasts", {"lt20": 186, "ge20": 79, "not-reported": 69}),
        ("trial", {"nct04572308": 112, "nct05626400": 100, "nct04916860": 55, "nct04928105": 48, "nct04938115": 19}),
    ],
)
def test_the_ordinary_tables_count_the_same_people_in_every_grouping(by: str, sizes: dict[str, int], client: FlaskClient) -> None:
    rows = [row for row in read(client, "accrual", f"by={by}") if row["step"] == "dosed"]
    assert {row["cohort"]: row["n"] for row in rows} == sizes | {"all": 334}


def test_the_events_of_the_two_syndromes_stand_in_the_table_of_adverse_events(client: FlaskClient) -> None:
    worst: dict[tuple[str, str], int] = {}
    for event in read(client, "adverse-events"):
        assert event["scale"] == "ASTCT 2019"
        key = (event["term"], event["participant"])
        worst[key] = max(worst.get(key, 0), int(event["grade"]))
    crs = [grade for (term, _), grade in worst.items() if term == "Cytokine release syndrome"]
    icans = [grade for (term, _), grade in worst.items() if term.endswith("neurotoxicity syndrome")]
    assert (len(crs), sum(grade >= 3 for grade in crs)) == (320, 34)
    assert (len(icans), sum(grade >= 3 for grade in icans)) == (11, 8)


def test_the_table_of_the_syndromes_has_everyone_with_one_at_the_worst_grade(client: FlaskClient) -> None:
    grades: dict[str, list[int]] = {"crs": [], "icans": []}
    for row in read(client, "crs-icans"):
        if row["grade"]:
            grades[row["syndrome"]].append(int(row["grade"]))
    assert {key: (len(of), sum(grade >= 3 for grade in of)) for key, of in grades.items()} == {"crs": (320, 34), "icans": (11, 8)}


def test_figures_are_of_everyone_whatever_the_address_selects(client: FlaskClient, figures: dict[str, Row]) -> None:
    rows = read(client, "reported", "by=trial&cohort=nct04938115&sex=F")
    assert {row["figure"]: row["n"] for row in rows} == {figure: row["n"] for figure, row in figures.items()}


def test_a_median_of_observed_times_is_not_shown_as_kaplan_meier(figures: dict[str, Row]) -> None:
    for figure in ("pfs", "os"):
        row = figures[figure]
        assert row["km_median"] > row["value"]
        assert row["km_lower"] < row["km_median"]
    assert {figure for figure, row in figures.items() if row["km_median"] is not None} == {"pfs", "os"}


@pytest.mark.parametrize("figure", ["pfs", "os"])
def test_the_survival_tables_have_the_same_times_and_the_same_kaplan_meier_median(
    figure: str, client: FlaskClient, figures: dict[str, Row]
) -> None:
    times = [row["time"] for row in read(client, "survival", "censor=no") if row["endpoint"] == figure]
    median, low, high, n = SPREADS[figure]
    assert (statistics.median(times), min(times), max(times), len(times)) == (median, low, high, n)
    summary = read(client, "survival-summary", "censor=no")
    medians = {(row["median"], row["median_lower"]) for row in summary if (row["endpoint"], row["cohort"]) == (figure, "all")}
    assert medians == {(figures[figure]["km_median"], figures[figure]["km_lower"])}


def test_a_study_without_reported_figures_has_none(client: FlaskClient) -> None:
    assert client.get("/api/v1/nct05600920/reported.json").get_json() == []
