"""The pairing of records holds for any two deliveries: conservation, and a second road in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.changes.matching import encode_columns, match_rows
from dashboard.endpoints.changes.reasons import REASONS
from dashboard.endpoints.changes.records import RecordChanges, compare_records
from dashboard.study.columns import COUNT_COLUMNS, COUNT_ORDER, conform
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data
from tests.endpoints.changes.edits import build_records, with_counts

# Few different contents, so that records share parts of their identity all the time.
RECORD = st.fixed_dictionaries(
    {
        "participant": st.sampled_from(["a", "b"]),
        "analyte": st.sampled_from(["cd4", "alc"]),
        "day": st.sampled_from([0, 98, 252]),
        "value": st.sampled_from([100.0, 210.0, 310.0]),
        "after_dose": st.booleans(),
        "marked_unscheduled": st.booleans(),
        "visit_label": st.sampled_from(["", "WEEK 12", "WEEK 36"]),
        "unit_text": st.sampled_from(["/uL", "10^6/L"]),
        "source_row": st.integers(1, 6),
    }
)
Row = dict[str, Any]
RECORDS = st.lists(RECORD, max_size=12)
EVENT = st.fixed_dictionaries(
    {
        "participant": st.sampled_from(["a", "b"]),
        "term": st.sampled_from(["Headache", "Rash"]),
        "start_day": st.sampled_from([None, 3, 90]),
        "end_day": st.sampled_from([None, 100]),
        "grade": st.sampled_from(["1", "2"]),
        "source_row": st.integers(1, 4),
    }
)


def deliver(rows: list[Row]) -> StudyData:
    data = build_data([], people={"a": {}, "b": {}})
    full = [{"below_loq": False, "value_text": f"{row['value']:g}", "source_file": "lb.csv", **row} for row in rows]
    counts = conform(pd.DataFrame(full, columns=list(COUNT_COLUMNS)), COUNT_COLUMNS)
    return with_counts(data, counts)


def rows_of(data: StudyData) -> list[Row]:
    return data.counts.sort_values(COUNT_ORDER, kind="stable").to_dict("records")


def adds_up(changes: RecordChanges, table: str, before: int, after: int) -> None:
    row = changes.tallies.set_index("table").loc[table]
    assert (row["before"], row["after"]) == (before, after)
    assert row["unchanged"] + row["corrected"] + row["removed"] == before
    assert row["unchanged"] + row["corrected"] + row["added"] == after
    assert 0 <= row["moved"] <= row["unchanged"]
    listed = changes.changes[changes.changes["table"] == table]["change"].value_counts()
    assert {kind: listed.get(kind, 0) for kind in ("corrected", "added", "removed")} == dict(row[["corrected", "added", "removed"]])
    assert set(changes.changes["reason"]) <= set(REASONS)


@settings(max_examples=30, deadline=None)
@given(RECORDS, RECORDS)
def test_every_count_is_unchanged_corrected_added_or_removed(before: list[Row], after: list[Row]) -> None:
    changes = compare_records(deliver(before), deliver(after))
    adds_up(changes, "count", len(before), len(after))
    corrected = changes.changes[changes.changes["change"] == "corrected"]
    assert (corrected["columns"] != "").all()
    assert changes.details.groupby("change")["column"].agg(set).to_dict() == {
        place: set(row.split(",")) for place, row in corrected["columns"].items()
    }


@settings(max_examples=15, deadline=None)
@given(st.lists(EVENT, max_size=8), st.lists(EVENT, max_size=8))
def test_every_event_is_unchanged_corrected_added_or_removed(before: list[Row], after: list[Row]) -> None:
    data = deliver([])
    changes = compare_records(data, data, *({"adverse_event": build_records("adverse_event", rows)} for rows in (before, after)))
    adds_up(changes, "adverse_event", len(before), len(after))


@settings(max_examples=15, deadline=None)
@given(RECORDS, RECORDS)
def test_additions_one_way_are_removals_the_other_way(before: list[Row], after: list[Row]) -> None:
    there, back = (compare_records(deliver(one), deliver(two)).changes for one, two in ((before, after), (after, before)))
    kinds = {"added": "removed", "removed": "added", "corrected": "corrected"}
    assert Counter(there["change"].map(kinds)) == Counter(back["change"])


@settings(max_examples=15, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
def test_shuffling_the_file_changes_nothing(rows: list[Row], random: Any) -> None:
    numbered = [row | {"source_row": place} for place, row in enumerate(rows, 1)]
    places = list(range(1, len(rows) + 1))
    random.shuffle(places)
    changes = compare_records(deliver(numbered), deliver([row | {"source_row": place} for row, place in zip(rows, places, strict=True)]))
    assert changes.changes.empty
    assert changes.tallies.set_index("table").loc["count", "unchanged"] == len(rows)


# The passes of `compare_records` as its docstring states them, row by row.
Key = Callable[[Row], Hashable]
CONTENT = [name for name in COUNT_COLUMNS if name not in ("source_file", "source_row")]


def by(*names: str, labelled: bool = False, scheduled: bool = False) -> Key:
    def key(row: Row) -> Hashable:
        if (labelled and not row["visit_label"]) or (scheduled and row["marked_unscheduled"]):
            return None
        return tuple(row[name] for name in names)

    return key


WHO = ("participant", "analyte")
PASSES: list[Key] = [
    by(*CONTENT, "source_file", "source_row"),
    by(*CONTENT),
    by(*WHO, "day", "after_dose", "visit_label", "value"),
    by(*WHO, "day", "after_dose", "visit_label"),
    by(*WHO, "day", "after_dose", "value"),
    by(*WHO, "visit_label", "value_text", "unit_text", labelled=True),
    by(*WHO, "day", "after_dose"),
    by(*WHO, "day"),
    by(*WHO, "visit_label", labelled=True, scheduled=True),
    by(*WHO, "visit_label", "value_text", "unit_text"),
]


def pair_plainly(before: list[Row], after: list[Row]) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    pairs, left, right = [], list(before), list(after)
    for key in PASSES:
        for row in list(left):
            twin = next((other for other in right if key(row) is not None and key(other) == key(row)), None)
            if twin is not None:
                pairs.append((row, twin))
                left = [other for other in left if other is not row]
                right = [other for other in right if other is not twin]
    return pairs, left, right


@settings(max_examples=50, deadline=None)
@given(RECORDS, RECORDS)
def test_the_pairs_are_those_of_a_loop_over_rows(before: list[Row], after: list[Row]) -> None:
    old, new = deliver(before), deliver(after)
    pairs, left, right = pair_plainly(rows_of(old), rows_of(new))
    expected = Counter(
        [("corrected", *place(one), *place(two)) for one, two in pairs if any(one[name] != two[name] for name in CONTENT)]
        + [("removed", *place(row), None, None) for row in left]
        + [("added", None, None, *place(row)) for row in right]
    )
    changes = compare_records(old, new).changes.astype(object)
    found = changes[["change", "day_before", "source_row_before", "day_after", "source_row_after"]]
    assert Counter(found.where(found.notna(), None).itertuples(index=False, name=None)) == expected


def place(row: Row) -> tuple[int, int]:
    return int(row["day"]), int(row["source_row"])


def test_codes_of_many_columns_stay_exact() -> None:
    # Ten columns of 2,000 different values: their product, 10^33, does not fit a whole number of 64 bits.
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({f"c{place}": rng.permutation(2_000) for place in range(10)})
    other = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    other.loc[0, "c9"] = -1
    names = list(frame)
    rows = encode_columns({name: frame[name] for name in names}, {name: other[name] for name in names}, len(frame))
    before, after = match_rows(rows, names, np.arange(2_000), np.arange(2_000))
    assert len(before) == 1_999
    assert (frame.take(before).to_numpy() == other.take(after).to_numpy()).all()
    assert 0 not in after


@pytest.mark.parametrize("kind", ["float64", "Int64", "str", "bool"])
def test_missing_values_equal_missing_values(kind: str) -> None:
    values: dict[str, list[Any]] = {"float64": [np.nan, 1.0], "Int64": [pd.NA, 1], "str": ["", "x"], "bool": [False, True]}
    column = pd.Series(values[kind], dtype=kind)
    rows = encode_columns({"c": column}, {"c": column[::-1].reset_index(drop=True)}, 2)
    before, after = match_rows(rows, ["c"], np.arange(2), np.arange(2))
    assert sorted(zip(before.tolist(), after.tolist(), strict=True)) == [(0, 1), (1, 0)]
