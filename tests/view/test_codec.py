"""View and address say the same thing; what an address says wrongly is not applied and is named."""

from __future__ import annotations

from dataclasses import asdict, replace
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.study.protocol import StudyProtocol
from dashboard.view.codec import MAX_QUERY, decode_view, encode_view, write_values
from dashboard.view.state import ViewState, default_view
from tests.endpoints.builders import protocol
from tests.view.views import PROTOCOLS, views

# The keys of the contract in canonical order, then the table's own two.
CANONICAL = [
    "cut",
    "by",
    "cohort",
    "sex",
    "age",
    "stratum",
    "having",
    "base",
    "period",
    "until",
    "analyte",
    "measure",
    "scale",
    "x",
    "show",
    "band",
    "unscheduled",
    "after",
    "threshold",
    "rule",
    "gap",
    "who",
    "respond",
    "visit",
    "n",
    "ci",
    "related",
    "grade",
    "grading",
    "align",
    "curves",
    "censor",
    "landmark",
    "unit",
    "among",
    "compare",
    "order",
    "part",
    "mark",
    "flag",
    "against",
    "of",
]
CUT = "0123456789"


@given(views())
@settings(max_examples=150, deadline=None)
def test_decoding_an_encoded_view_gives_the_view_without_a_notice(case: tuple[StudyProtocol, ViewState]) -> None:
    study, view = case
    query = encode_view(view, study)
    assert len(query) <= MAX_QUERY
    assert decode_view(query, study) == (view, ())
    assert decode_view(f"?{query}", study) == (view, ())


@given(views())
@settings(max_examples=100, deadline=None)
def test_keys_stand_in_canonical_order_and_only_choices_that_differ_from_the_default(case: tuple[StudyProtocol, ViewState]) -> None:
    study, view = case
    written = [name for name, _ in parse_qsl(encode_view(view, study), keep_blank_values=True)]
    default = default_view(study)
    assert written == [name for name in (*CANONICAL, "sort", "where") if getattr(view, name) != getattr(default, name)]


@given(views(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_in_an_address_does_not_matter(case: tuple[StudyProtocol, ViewState], random: object) -> None:
    study, view = case
    parts = [part for part in encode_view(view, study).split("&") if part]
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert decode_view("&".join(parts), study) == (view, ())


@pytest.mark.parametrize("study", PROTOCOLS, ids=lambda study: study.key)
def test_the_data_cut_is_always_written_and_alone_in_a_view_of_defaults(study: StudyProtocol) -> None:
    assert encode_view(default_view(study, cut=CUT), study) == f"cut={CUT}"


def test_an_encoded_view_reads_as_the_contract_writes_it() -> None:
    view = replace(
        default_view(protocol(), cut=CUT),
        cohort=("240", "720"),
        age=(18, 75),
        stratum=("lt100", "ge300"),
        threshold=(150.0, 250.5),
        gap=None,
    )
    assert encode_view(view, protocol()) == f"cut={CUT}&cohort=240,720&age=18-75&stratum=lt100,ge300&threshold=150,250.5&gap=none"


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(CANONICAL).flatmap(lambda name: st.text(max_size=60).map(lambda text: f"{name}={text}")),
    st.sampled_from(CANONICAL).flatmap(lambda name: st.text(max_size=60).map(lambda text: f"{name}={quote(text)}")),
)


@given(st.lists(HOSTILE, max_size=5).map("&".join), st.sampled_from(PROTOCOLS))
@example("\x00\x01\x7f=\r\n&cohort=\x00", PROTOCOLS[0])
@example("cohort=240' OR '1'='1; DROP TABLE snapshot; --", PROTOCOLS[0])
@example("cohort=<script>alert(1)</script>&<b>=1", PROTOCOLS[0])
@example("%%%&=&&&==&a=%zz&cut=%ff%fe", PROTOCOLS[0])
@example("x" * 10_000, PROTOCOLS[0])
@example("&".join(["a=1"] * 900), PROTOCOLS[0])
@example("age=٣-٤&gap=²&threshold=٢٠٠", PROTOCOLS[0])
@example("threshold=1e5&gap=1e2&age=1e1-", PROTOCOLS[0])
@settings(max_examples=250, deadline=None)
def test_no_text_makes_decoding_fail_and_the_result_is_always_a_view_that_can_be_written(text: str, study: StudyProtocol) -> None:
    view, problems = decode_view(text, study)
    assert decode_view(encode_view(view, study), study) == (view, ())
    assert all(problem.isprintable() and problem.endswith(".") for problem in problems)


INVALID = {
    "cut": ("", "xyz", "0123", "0123456789ab", "012345678G", "ABCDEF0123"),
    "by": ("", "trial", "Cohort", "cohort,cohort"),
    "having": ("", "cohort.240", "trial", "trial.t-1"),
    "cohort": ("", "960", "240,960", "240,", " 240", "NTI7-240"),
    "sex": ("", "f", "female", "F,X"),
    "age": ("", "18", "75-18", "18-75-80", "-5-20", "18-121", "a-b", "18.5-20"),
    "stratum": ("", "lt200", "lt100,lt100x"),
    "base": ("", "first", "LAST", "last,mean"),
    "period": ("", "to-week-48", "to-week-60,to-week-36"),
    "until": ("", "week-36", "to-week-48", "none,to-week-36"),
    "analyte": ("", "cd3", "cd4,cd3", "CD4"),
    "measure": ("", "counts", "value,change"),
    "scale": ("", "log10"),
    "x": ("", "weeks", "month"),
    "show": ("", "line", "lines,sd"),
    "band": ("", "sd", "ci90"),
    "unscheduled": ("", "maybe", "1"),
    "after": ("", "left-out", "no", "marked,left-out"),
    "threshold": ("", "0", "-5", "200,", "1,2,3,4,5", "100001", "inf", "nan", "2e2", "200;300"),
    "rule": ("", "spline"),
    "gap": ("", "0", "-1", "91.5", "1001", "None", "inf"),
    "who": ("", "all"),
    "respond": ("", "never"),
    "visit": ("", "week-61", "Week 60"),
    "n": ("", "all", "60"),
    "ci": ("", "wald", "0.95"),
    "related": ("", "no", "related", "any,yes"),
    "grade": ("", "0", "1", "6", "2,3", "III"),
    "grading": ("", "ctcae", "CTCAE v5.0", "most,severity"),
    "align": ("", "dose", "latest", "first,each"),
    "curves": ("", "cohort", "group,all"),
    "censor": ("", "transplant", "maybe", "no,yes"),
    "landmark": ("", "0", "-28", "29", "day-28"),
    "unit": ("", "week", "days", "day,month"),
    "among": ("", "all", "observed", "evaluable,infused"),
    "compare": ("", "none.none", "transplant", "transplant.no", "trial.nct04572308"),
    "order": ("", "response.desc", "time,response"),
    "part": ("", "0", "99", "1,2", "all,1"),
    "mark": ("", "flag", "flags,changes"),
    "flag": ("", "unit", "unit-slip,no-day", "Unit-slip"),
    "against": ("", "xyz", "0123", "0123456789ab"),
    "of": ("", "count", "count:a:cd4", "count:a:cd4:1.5", "count::cd4:1", "days-above:a:0", "value:a"),
    "sort": ("age", "age.up", "Age.asc", "age.asc,", "1.asc"),
    "where": ("age", "age.like.3", "age.ge", "age.ge.1:2", "age.between.1", "age.blank.1", "age.ge.1~age.le.3", "~"),
}


def test_every_key_has_invalid_values_to_try() -> None:
    assert set(INVALID) == {*CANONICAL, "sort", "where"}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in INVALID.items() for value in values])
def test_an_invalid_value_is_named_and_leaves_its_default_and_the_other_choices(key: str, value: str) -> None:
    other = "base=mean" if key != "base" else "scale=log"
    view, problems = decode_view(f"{other}&{key}={quote(value)}", protocol())
    assert len(problems) == 1
    assert f"“{value}” was not applied: " in problems[0]
    expected, _ = decode_view(other, protocol())
    assert asdict(view) == asdict(expected)


@pytest.mark.parametrize("key", [key for key in CANONICAL if key not in ("cut", "age", "threshold", "gap", "against", "of")])
def test_the_notice_of_a_listed_choice_names_the_values_there_are(key: str) -> None:
    _, problems = decode_view(f"{key}=zzz", protocol())
    allowed = {
        "cohort": "240, 480, 720",
        "analyte": "alc, cd4, cd8, b, nk",
        "stratum": "lt100, 100-199, 200-299, ge300",
        "period": "to-week-60, to-week-36, week-36-to-60",
        "n": "observed, reached, dosed, enrolled",
        "rule": "linear, locf, nocb, both-ends, either-end",
        "having": "this study has no groupings",
    }.get(key, "the values are ")
    assert allowed in problems[0]


def test_an_unknown_key_is_named_and_ignored() -> None:
    assert decode_view("colour=red&cohort=480", protocol()) == (
        replace(default_view(protocol()), cohort=("480",)),
        ("“colour” is not something this page can show and was ignored.",),
    )


def test_a_key_that_stands_twice_is_not_applied_and_is_named_once() -> None:
    view, problems = decode_view("cohort=240&scale=log&cohort=480", protocol())
    assert view == replace(default_view(protocol()), scale="log")
    assert problems == ("“cohort” stands more than once in the address and was not applied.",)


def test_an_address_beyond_the_limit_shows_the_defaults_and_says_so() -> None:
    view, problems = decode_view("cohort=240&a=" + "x" * 10_000, protocol())
    assert view == default_view(protocol())
    assert problems == ("The address is longer than 2,000 characters; none of its choices was applied.",)


def test_a_long_or_unprintable_value_is_cut_for_the_notice() -> None:
    _, (problem,) = decode_view("cohort=" + quote("a\x00\n" + "b" * 100), protocol())
    assert problem.isprintable()
    assert "“a��" in problem
    assert "…”" in problem
    assert "b" * 41 not in problem


def test_all_choices_ticked_mean_the_same_as_none() -> None:
    view, problems = decode_view("cohort=720,240,480&sex=M,F&analyte=alc,cd4,cd8,b,nk", protocol())
    assert (view, problems) == (default_view(protocol()), ())


def test_choices_are_kept_in_the_order_of_the_definition_and_thresholds_ascend() -> None:
    view, problems = decode_view("cohort=720,240,240&threshold=300,+150.50,300", protocol())
    assert (view.cohort, view.threshold, problems) == (("240", "720"), (150.5, 300.0), ())


def test_the_controls_are_given_every_key_with_its_default() -> None:
    texts = write_values(default_view(protocol()))
    assert list(texts) == [*CANONICAL, "sort", "where"]
    assert (texts["threshold"], texts["gap"], texts["age"], texts["show"]) == ("200,300", "91", "-", "lines,median")
