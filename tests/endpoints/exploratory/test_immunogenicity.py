from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.ada_incidence import ADA_MEASURES, summarise_ada_by_visit, summarise_ada_incidence
from dashboard.endpoints.exploratory.immunogenicity import ADA_STATUSES, derive_ada_results, derive_ada_status, select_ada_status
from dashboard.endpoints.exploratory.titres import read_antibody_result
from tests.endpoints.builders import everyone
from tests.endpoints.exploratory.findings import ada, enrol, place


@pytest.mark.parametrize(
    ("text", "value", "below", "unit", "positive", "titre"),
    [
        ("POSITIVE", np.nan, False, "", True, np.nan),
        ("Negative", np.nan, False, "", False, np.nan),
        ("NON-REACTIVE", np.nan, False, "", False, np.nan),
        ("1:320", np.nan, False, "", True, 320),
        ("POSITIVE 1/1,280", np.nan, False, "", True, 1280),
        ("<20", 10, True, "", False, np.nan),
        ("<1:20", np.nan, False, "", False, np.nan),
        (">1:1280", np.nan, False, "", True, 1280),
        (">1280", np.nan, False, "", True, 1280),
        ("80", 80, False, "", True, 80),
        ("0", 0, False, "", False, np.nan),
        ("2", 2, False, "log10 titer", True, 100),
        ("INDETERMINATE", np.nan, False, "", None, np.nan),
    ],
)
def test_an_antibody_result_is_read_from_words_dilutions_and_numbers(
    text: str, value: float, below: bool, unit: str, positive: bool | None, titre: float
) -> None:
    found = read_antibody_result(text, value, below, unit)
    assert found.positive is positive
    assert found.titre == titre or (math.isnan(found.titre) and math.isnan(titre))


def statuses(rows: list[dict[str, object]], people: list[str]) -> pd.DataFrame:
    analysis = enrol(people)
    return derive_ada_status(derive_ada_results(place(rows, analysis)), analysis)


def test_treatment_induces_what_was_negative_or_unknown_before() -> None:
    rows = [
        *[ada("negative-then-positive", 0, "NEGATIVE"), ada("negative-then-positive", 84, "NEGATIVE")],
        *[ada("negative-then-positive", 168, "POSITIVE"), ada("negative-then-positive", 252, "POSITIVE")],
        ada("no-baseline", 84, "POSITIVE"),
        *[ada("stays-negative", 0, "NEGATIVE"), ada("stays-negative", 84, "NEGATIVE")],
        ada("only-baseline", 0, "POSITIVE"),
    ]
    people = ["negative-then-positive", "no-baseline", "only-baseline", "stays-negative", "untested"]
    found = statuses(rows, people).head(5)
    assert found["status"].tolist() == ["treatment-induced", "treatment-induced", "not evaluable", "negative", "not evaluable"]
    assert found["baseline"].tolist() == ["negative", "", "positive", "negative", ""]
    assert found["first_emergent_day"].tolist() == [168, 84, pd.NA, pd.NA, pd.NA]
    assert found["samples_after"].tolist() == [3, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("1:40", "1:160", "treatment-boosted"),  # 160 / 40 = 4, the least that counts
        ("1:40", "1:80", "positive, not boosted"),
        ("1:40", "NEGATIVE", "positive, not boosted"),
        ("1:40", "POSITIVE", "positive, boost not assessable"),
        ("POSITIVE", "1:160", "positive, boost not assessable"),
        ("POSITIVE", "NEGATIVE", "positive, not boosted"),
    ],
)
def test_treatment_boosts_a_titre_that_rises_fourfold(before: str, after: str, status: str) -> None:
    found = statuses([ada("p", 0, before), ada("p", 84, after)], ["p"])
    assert found["status"].iloc[0] == status
    assert status in ADA_STATUSES


def test_the_last_sample_before_treatment_is_the_baseline_and_one_after_the_dose_is_not() -> None:
    rows = [ada("p", -28, "POSITIVE"), ada("p", 0, "NEGATIVE", time="09:00"), ada("p", 0, "POSITIVE", time="16:00", after_dose=True)]
    found = statuses(rows, ["p"]).iloc[0]
    assert found["baseline"] == "negative"
    assert found["status"] == "treatment-induced"
    assert found["first_emergent_day"] == 0


def test_a_word_and_a_titre_of_one_sample_are_one_result() -> None:
    analysis = enrol(["p"])
    results = derive_ada_results(place([ada("p", 84, "POSITIVE"), ada("p", 84, "1:80"), ada("p", 84, "<20", below_loq=True)], analysis))
    assert results[["positive", "titre"]].to_numpy().tolist() == [[True, 80.0]]


def test_results_that_say_neither_and_results_without_a_day_are_left_out() -> None:
    rows = [ada("p", 84, "HEMOLYZED"), ada("p", None, "POSITIVE"), ada("p", 84, "POSITIVE", test="ANA")]
    found = statuses(rows, ["p"])
    assert found["samples_after"].tolist() == [0, 0]


def test_what_does_not_bind_counts_as_not_neutralising() -> None:
    rows = [ada("p", 0, "NEGATIVE"), ada("p", 84, "POSITIVE"), ada("p", 84, "POSITIVE", test="ADA_NAB"), ada("p", 168, "NEGATIVE")]
    analysis = enrol(["p"])
    results = derive_ada_results(place(rows, analysis))
    neutralising = results[results["kind"] == "neutralising"]
    assert neutralising["day"].tolist() == [0, 84, 168]
    assert neutralising["inferred"].tolist() == [True, False, True]
    status = derive_ada_status(results, analysis)
    assert select_ada_status(status, "neutralising").tolist() == ["treatment-induced"]


def test_the_status_of_a_kind_stands_in_the_order_of_the_participants() -> None:
    found = statuses([ada("b", 84, "POSITIVE"), ada("c", 84, "NEGATIVE")], ["a", "b", "c"])
    assert select_ada_status(found, "binding").tolist() == ["not evaluable", "treatment-induced", "negative"]
    with pytest.raises(ValueError, match="none of binding, neutralising"):
        select_ada_status(found, "other")


def build_cohort() -> tuple[list[dict[str, object]], list[str]]:
    """Ten participants: five induced, one boosted, two positive and not boosted, one negative, one never tested after the dose."""
    people = [f"p{number}" for number in range(10)]
    rows = [row for name in people[:5] for row in (ada(name, 0, "NEGATIVE"), ada(name, 84, "POSITIVE"))]
    rows += [ada("p5", 0, "1:20"), ada("p5", 84, "1:320")]
    rows += [row for name in ("p6", "p7") for row in (ada(name, 0, "1:20"), ada(name, 84, "1:40"))]
    return [*rows, ada("p8", 0, "NEGATIVE"), ada("p8", 84, "NEGATIVE"), ada("p9", 0, "NEGATIVE")], people


def test_incidence_names_its_denominator_and_has_the_exact_interval() -> None:
    rows, people = build_cohort()
    analysis = enrol(people)
    status = derive_ada_status(derive_ada_results(place(rows, analysis)), analysis)
    table = summarise_ada_incidence(status, analysis, everyone(analysis))
    assert list(table["measure"].unique()) == list(ADA_MEASURES)
    mine = table[(table["kind"] == "binding") & (table["cohort"] == "240")].set_index("measure")
    # By hand: 3 of 10 positive at baseline; 5 of the 6 evaluable without; 1 of the 3 with; 6 of the 9 evaluable.
    assert mine["n"].tolist() == [3, 5, 1, 6]
    assert mine["denominator"].tolist() == [10, 6, 3, 9]
    # Clopper-Pearson for 3 of 10: domain facts, A6.
    assert mine.loc["baseline-positive", ["lower", "upper"]].tolist() == pytest.approx([0.0667, 0.6525], abs=5e-5)
    assert mine.loc["treatment-boosted", ["lower", "upper"]].isna().all()
    together = table[(table["kind"] == "binding") & (table["cohort"] == "all")]
    assert together["n"].tolist() == [3, 5, 1, 6]


def test_incidence_counts_only_the_selected() -> None:
    rows, people = build_cohort()
    analysis = enrol(people)
    status = derive_ada_status(derive_ada_results(place(rows, analysis)), analysis)
    selected = np.arange(len(people)) < 2
    table = summarise_ada_incidence(status, analysis, selected)
    emergent = table[(table["kind"] == "binding") & (table["measure"] == "treatment-emergent") & (table["cohort"] == "all")].iloc[0]
    assert (emergent["n"], emergent["denominator"]) == (2, 2)


def test_by_visit_the_denominator_is_who_has_a_result_there() -> None:
    rows, people = build_cohort()
    analysis = enrol(people)
    results = derive_ada_results(place(rows, analysis))
    status = derive_ada_status(results, analysis)
    table = summarise_ada_by_visit(results, status, analysis, everyone(analysis), ("dose-1", "dose-2", "week-60"))
    mine = table[(table["kind"] == "binding") & (table["cohort"] == "240")].set_index(["measure", "visit"])[["n", "denominator"]]
    # At dose 2 nine are tested: eight positive, of whom five new and one boosted.
    assert mine.loc[("positive", "dose-1")].tolist() == [3, 10]
    assert mine.loc[("positive", "dose-2")].tolist() == [8, 9]
    assert mine.loc[("treatment-emergent", "dose-1")].tolist() == [0, 0]
    assert mine.loc[("treatment-emergent", "dose-2")].tolist() == [6, 9]
    assert mine.loc[("positive", "week-60")].tolist() == [0, 0]


def test_a_trial_without_antibody_results_has_zero_denominators() -> None:
    analysis = enrol(["p"])
    results = derive_ada_results(place([], analysis))
    status = derive_ada_status(results, analysis)
    assert status["status"].tolist() == ["not evaluable"] * 2
    assert summarise_ada_incidence(status, analysis, everyone(analysis))["denominator"].sum() == 0
    assert summarise_ada_by_visit(results, status, analysis, everyone(analysis), ("week-60",))["denominator"].sum() == 0
