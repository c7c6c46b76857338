from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.study.references import FORMS, Reference, decode_reference, encode_reference

NAMES = st.text(min_size=1)
FIELDS = {
    "participant": NAMES,
    "analyte": NAMES,
    "cohort": NAMES,
    "visit": NAMES,
    "day": st.none() | st.integers(-9_999_999, 9_999_999),
    "threshold": st.integers(1, 100_000_000).map(lambda thousandths: thousandths / 1000),
    "dose": st.integers(1, 9_999),
    **dict.fromkeys(("domain", "test", "rate", "grouping", "among", "endpoint", "censor"), NAMES),
    **dict.fromkeys(("category", "about"), st.text()),
}
REFERENCES = st.sampled_from(sorted(FORMS)).flatmap(
    lambda kind: st.fixed_dictionaries({field: FIELDS[field] for field in FORMS[kind]}).map(lambda fields: Reference(kind, **fields))
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("count:NT-0012:cd4:98", Reference("count", "NT-0012", "cd4", 98)),
        ("count:NT-0012:cd4:-5", Reference("count", "NT-0012", "cd4", -5)),
        ("count:NT-0012:cd4:none", Reference("count", "NT-0012", "cd4", None)),
        ("baseline:NT-0012:cd4", Reference("baseline", "NT-0012", "cd4")),
        ("days-above:NT-0012:200", Reference("days-above", "NT-0012", threshold=200.0)),
        ("responder:NT-0012:312.5", Reference("responder", "NT-0012", threshold=312.5)),
        ("summary:cd4:240:week-36", Reference("summary", analyte="cd4", cohort="240", visit="week-36")),
        ("dose:NT-0012:2", Reference("dose", "NT-0012", dose=2)),
        ("responders:all:300", Reference("responders", cohort="all", threshold=300.0)),
        ("findings:FA:HPV::hand:week-36:all", Reference("findings", domain="FA", test="HPV", about="hand", visit="week-36", cohort="all")),
        ("rate:orr:trial:t-1:evaluable", Reference("rate", rate="orr", grouping="trial", category="t-1", among="evaluable")),
        ("survival:pfs:no:all:90", Reference("survival", endpoint="pfs", censor="no", cohort="all", day=90)),
        ("survival:os:yes:all:none", Reference("survival", endpoint="os", censor="yes", cohort="all")),
        ("event-time:a:pfs:no", Reference("event-time", "a", endpoint="pfs", censor="no")),
        ("participant:a%3Ab%2F%25%20%C3%A9", Reference("participant", "a:b/% é")),
    ],
)
def test_a_reference_reads_as_it_is_written(text: str, reference: Reference) -> None:
    assert decode_reference(text) == reference
    assert encode_reference(reference) == text


@given(REFERENCES)
def test_decoding_what_was_encoded_gives_the_reference(reference: Reference) -> None:
    text = encode_reference(reference)
    assert decode_reference(text) == reference
    assert text.isascii()
    assert not set(text) & set(" &?#+=/\"'<>")


@given(st.text() | st.lists(st.sampled_from([*FORMS, "", "a", "%ff", "-1", "1.5"])).map(":".join))
def test_any_text_is_a_reference_or_refused_in_words(text: str) -> None:
    try:
        reference = decode_reference(text)
    except ValueError as error:
        assert "allowed are count:<participant>:<analyte>:<day>" in str(error)  # noqa: PT017
    else:
        assert decode_reference(encode_reference(reference)) == reference


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no value"),
        ("counts:a:cd4:98", "names no value"),
        ("count:a:cd4", "names no value"),
        ("count::cd4:98", "a name is empty"),
        ("count:a:cd4:9.5", "a day is a whole number"),
        ("count:a:cd4:٣", "a day is a whole number"),
        ("baseline:%ff:cd4", "not percent-encoded UTF-8"),
        ("days-above:a:0", "a threshold is a number above 0"),
        ("days-above:a:nan", "a threshold is a number above 0"),
        ("days-above:a:100001", "a threshold is a number above 0"),
        ("dose:a:0", "a dose is named by its number, from 1"),
    ],
)
def test_a_bad_reference_is_refused_with_what_is_allowed(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        decode_reference(text)
    assert "allowed are count:<participant>:<analyte>:<day>, baseline:<participant>:<analyte>" in str(refused.value)


@pytest.mark.parametrize(
    "reference",
    [
        Reference("baseline", "", "cd4"),
        Reference("baseline", "a", "cd4", 5),
        Reference("days-above", "a", threshold=0.0001),
        Reference("dose", "a", dose=0),
        Reference("nothing", "a"),  # type: ignore[arg-type]
    ],
)
def test_what_no_address_can_name_is_not_written(reference: Reference) -> None:
    with pytest.raises(ValueError, match=r"allowed are|reads back as another"):
        encode_reference(reference)
