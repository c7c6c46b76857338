"""The quality flags of a delivery before it is stored: in its report, on the command line, and the same as after publishing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.draft_quality import GRAVE, MOST_LISTED, add_flags, derive_draft_flags
from dashboard.endpoints.quality.flags import FLAGS, derive_quality
from dashboard.endpoints.records import derive_analysis
from dashboard.simulate.trial import FINAL_CUT, write_trial
from data_access.delivery import Delivery
from data_access.memory import InMemoryRepository
from data_access.report import DeliveryReport
from data_access.report_flags import FlaggedRow, ReportFlag, describe_flags
from tests.data_access.deliveries import DM, EX, LB, nct05600920, read, write_sdtm

CUT = date(2024, 5, 1)
# One count of ten times both its neighbours; the second row of LB.
SLIP = [{**LB, "LBORRES": value, "LBDTC": day} for value, day in (("120", "2024-03-01"), ("1200", "2024-03-20"), ("120", "2024-04-10"))]


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """The synthetic trial at its final cut."""
    folder = tmp_path_factory.mktemp("trial")
    write_trial(folder, 10)
    return read(folder, FINAL_CUT)


def test_a_unit_slip_is_listed_with_its_file_and_row(tmp_path: Path) -> None:
    found = {flag.code: flag for flag in derive_draft_flags(nct05600920(), read(write_sdtm(tmp_path, lb=SLIP), CUT))}
    slip = found["unit-slip"]
    assert (slip.rows, slip.participants) == (1, 1)
    (row,) = slip.listed
    assert (row.file, row.row, row.participant) == ("lb", 2, "P1")
    assert "1,200 cells/µL" in row.sentence


def test_a_kind_that_nothing_raises_is_left_out_and_only_grave_kinds_list_rows(final: Delivery) -> None:
    flags = derive_draft_flags(nct05600920(), final)
    assert all(flag.rows > 0 for flag in flags)
    assert 0 < len(flags) < len(FLAGS)
    assert {flag.code for flag in flags if flag.listed} == {flag.code for flag in flags} & set(GRAVE)
    assert max(len(flag.listed) for flag in flags) == MOST_LISTED


def test_looking_at_few_participants_at_a_time_finds_the_same(final: Delivery) -> None:
    assert len(final.counts) > 10 * 100
    assert derive_draft_flags(nct05600920(), final, at_once=100) == derive_draft_flags(nct05600920(), final)


def test_the_flags_before_publishing_are_those_after_it(final: Delivery) -> None:
    protocol, repository = nct05600920(), InMemoryRepository()
    draft = repository.store_draft(final)
    published = repository.publish(draft.study, draft.content_hash)
    records = {table: repository.load_records(published, table) for table in ("claim", "attendance")}
    stored = derive_quality(derive_analysis(repository.load(published), protocol, "last"), records["claim"], records["attendance"])
    counted = stored.groupby("code").agg(rows=("code", "size"), people=("participant", "nunique"))
    flags = derive_draft_flags(protocol, final)
    assert {flag.code: (flag.rows, flag.participants) for flag in flags} == {
        str(code): (int(row["rows"]), int(row["people"])) for code, row in counted.iterrows()
    }


def test_a_delivery_without_participants_to_flag_says_so() -> None:
    assert describe_flags((), 0) == ["quality flags: nothing is flagged"]


def test_a_flag_is_described_with_rows_participants_and_its_first_rows() -> None:
    flag = ReportFlag("unit-slip", "Probably a unit slip", "…", 1200, 1, (FlaggedRow("lb", 2, "P1", "CD4 is ten times too high."),))
    assert describe_flags((flag,), 0) == [
        "quality flags: nothing is refused for them",
        "  unit-slip: 1,200 rows of 1 participant",
        "    lb, row 2: P1: CD4 is ten times too high.",
        "    and 1,199 more; the page Data, Quality lists all",
    ]


def test_derived_values_that_disagree_are_counted_among_those_delivered() -> None:
    flag = ReportFlag("claim-disagrees", "Delivered derived value disagrees", "…", 2, 2)
    assert describe_flags((flag,), 120)[-1] == "derived values delivered: 120; 2 disagree with the product's own, which are shown"


def test_a_report_keeps_its_flags_as_json_and_an_older_report_has_none(tmp_path: Path) -> None:
    report = add_flags(nct05600920(), read(write_sdtm(tmp_path, lb=SLIP), CUT)).report
    assert report.flags
    assert DeliveryReport.from_json(report.to_json()) == report
    older = json.loads(report.to_json())
    del older["flags"]
    assert DeliveryReport.from_json(json.dumps(older)) == replace(report, flags=None)


@pytest.mark.parametrize("command", ["import", "check"])
def test_a_command_says_the_flags_before_anything_is_published(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_sdtm(tmp_path / "delivery", dm=[DM], ex=[EX], lb=SLIP)
    assert main([command, "nct05600920", str(folder)], {"DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite'}"}) == 0
    said = capsys.readouterr().err.splitlines()
    assert "  unit-slip: 1 row of 1 participant" in said
    assert said[said.index("  unit-slip: 1 row of 1 participant") + 1].startswith("    lb, row 2: P1: ")
