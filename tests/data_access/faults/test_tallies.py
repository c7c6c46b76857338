"""Whatever is delivered: of every kind, the rows stored and the rows left out for a reason are the rows read."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access.delivery import Delivery
from data_access.report import KIND_OF_TABLE
from tests.data_access.deliveries import DM, EX, LB, read, write_csv, write_sdtm
from tests.data_access.test_sdtm_records import AE, CM, DS, FA, PC, SV

# The kind of row that every file holds, as the report calls it.
KIND_OF_DOMAIN = {
    "dm": "participants", "ex": "doses", "lb": "counts", "ae": "adverse events", "cm": "medications", "sv": "visits", "ds": "milestones",
    "pc": "findings", "fa": "findings",
}  # fmt: skip
# P1 is enrolled, P2 failed the screening, P3 enrolled late, P4 has no first dose.
PEOPLE = [DM, {**DM, "USUBJID": "P2", "ARMCD": "SCRNFAIL"}, {**DM, "USUBJID": "P3", "RFSTDTC": "2024-05-06"}]
PEOPLE += [{**DM, "USUBJID": "P4", "RFSTDTC": ""}]
WHO = st.sampled_from(["P1", "P2", "P3", "P4"])
DATES = st.sampled_from(["", "2024", "2024-03", "2024-03-06", "2024-05-06T10:00"])
DAYS = st.sampled_from(["2024-03-06", "2024-03-09T08:00", "2024-05-07"])
CHANGES: Mapping[str, Mapping[str, st.SearchStrategy[str]]] = {
    "ex": {"USUBJID": st.sampled_from(["P1", "P3"]), "EXSTDTC": st.sampled_from(["2024-05-07", "2024-06-03"])},
    "lb": {"USUBJID": WHO, "LBTESTCD": st.sampled_from(["CD4", "HGB"]), "LBORRES": st.sampled_from(["", "120", "<5"]), "LBDTC": DAYS},
    "ae": {"USUBJID": WHO, "AESTDTC": DATES},
    "cm": {"USUBJID": WHO, "CMSTDTC": DATES},
    "sv": {"USUBJID": WHO, "SVSTDTC": DATES, "SVENDTC": st.just("")},
    "ds": {"USUBJID": WHO, "DSSTDTC": DATES, "DSCAT": st.sampled_from(["PROTOCOL MILESTONE", "OTHER EVENT"])},
    "pc": {"USUBJID": WHO, "PCDTC": DATES, "PCORRES": st.sampled_from(["", "1.5", "<0.031"]), "PCSTRESC": st.just("")},
    "fa": {"USUBJID": WHO, "FADTC": DATES, "FAORRES": st.sampled_from(["", "4"]), "FATESTCD": st.sampled_from(["LESCNT", "OTHER"])},
}
ROWS = {"ex": EX, "lb": LB, "ae": AE, "cm": CM, "sv": SV, "ds": DS, "pc": PC, "fa": FA}


@st.composite
def _domains(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """Rows of every domain, each with a number of its own."""
    return {
        name: [
            {**ROWS[name], f"{name.upper()}SEQ": str(number), **changed}
            for number, changed in enumerate(draw(st.lists(st.fixed_dictionaries(dict(changes)), max_size=5)), start=1)
        ]
        for name, changes in CHANGES.items()
    }


def _assert_adds_up(delivery: Delivery, delivered: Mapping[str, int]) -> None:
    tallies = delivery.report.tallies
    stored = {KIND_OF_TABLE.get(table, f"{table}s"): len(frame) for table, frame in delivery.frames.items()}
    assert {kind: tally.stored for kind, tally in tallies.items() if tally.stored} == {kind: rows for kind, rows in stored.items() if rows}
    assert {kind: tally.read for kind, tally in tallies.items() if tally.read} == {kind: rows for kind, rows in delivered.items() if rows}
    for kind, tally in tallies.items():
        assert tally.read == tally.stored + sum(tally.left_out.values()), kind
        assert min(tally.left_out.values(), default=1) > 0, kind


@given(domains=_domains(), cut=st.sampled_from([None, date(2024, 3, 10), date(2024, 12, 31)]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_of_an_sdtm_delivery_is_stored_or_left_out_for_a_reason(
    domains: dict[str, list[dict[str, str]]], cut: date | None
) -> None:
    filled = {name: rows for name, rows in domains.items() if rows}
    with tempfile.TemporaryDirectory() as name:
        folder = write_sdtm(Path(name), PEOPLE, [{**EX, "EXSEQ": "0"}, *filled.pop("ex", [])], filled.pop("lb", [LB]), **filled)
        delivery = read(folder, cut)
        delivered: Counter[str] = Counter()
        for path in folder.iterdir():
            delivered[KIND_OF_DOMAIN[path.stem]] += len(path.read_text().splitlines()) - 1
    _assert_adds_up(delivery, delivered)


@st.composite
def _simple(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """Long counts, or wide ones with empty cells; doses and events, before and after the cut."""
    names = st.sampled_from(["P1", "P2"])
    dates = st.sampled_from(["2024-03-05", "2024-03-20T08:00", "2024-06-01", "2024-08-20"])
    values = st.sampled_from(["", "120", "<5", "0"])
    long = st.fixed_dictionaries({"participant": names, "date": dates, "analyte": st.sampled_from(["cd4", "alc"]), "value": values})
    wide = st.fixed_dictionaries({"participant": names, "date": dates, "CD4 [/uL]": values, "ALC [10^9/L]": values})
    events = st.fixed_dictionaries({"participant": names, "term": st.just("FEVER"), "start_date": dates, "serious": st.just("no")})
    doses = st.fixed_dictionaries({"participant": st.just("P1"), "date": dates, "dose": st.just("240"), "unit": st.just("ug/kg")})
    counts = draw(st.one_of(st.lists(long.map(lambda row: {**row, "unit": "/uL"}), min_size=1), st.lists(wide, min_size=1, max_size=8)))
    first = {"participant": "P1", "date": "2024-03-04", "dose": "240", "unit": "ug/kg"}
    return {"counts": counts, "doses": [first, *draw(st.lists(doses, max_size=3))], "adverse_events": draw(st.lists(events, max_size=4))}


@given(files=_simple(), cut=st.sampled_from([None, date(2024, 5, 1), date(2024, 12, 31)]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_of_a_simple_delivery_is_stored_or_left_out_for_a_reason(
    files: dict[str, list[dict[str, str]]], cut: date | None
) -> None:
    person = {"cohort": "240", "sex": "F", "age": "50"}
    people = [{"participant": "P1", **person, "first_dose_date": "2024-03-04"}, {"participant": "P2", **person, "first_dose_date": ""}]
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in {"participants": people, **files}.items():
            if rows:
                write_csv(Path(folder) / f"{name}.csv", rows)
        delivery = read(Path(folder), cut)
    # A wide row is one count for every analyte.
    each = sum("[" in column for column in files["counts"][0]) or 1
    counts = len(files["counts"]) * each
    delivered = {"participants": 2, "counts": counts, "doses": len(files["doses"]), "adverse events": len(files["adverse_events"])}
    _assert_adds_up(delivery, delivered)
