"""Every cell of every table: exactly the participants it counts, and the rows of the delivery behind them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dashboard.behind import find_behind, table_behind
from dashboard.behind.laboratory import baseline_rows
from dashboard.errors import NotFoundError
from dashboard.panels import page_panels
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.workspace import Workspace
from tests.behind.cells import TABLES, cells_of, faults
from tests.behind.conftest import DEMONSTRATION, PILOT

pytestmark = pytest.mark.slow
FILTERED = ("cohort=240,720&sex=F", "age=18-45&base=mean&related=yes", "grade=2&align=each&period=to-week-36&respond=ever&n=enrolled")
# Tables of so many cells that a filtered view tries some of them.
LARGE = ("terms", "grades", "onset", "findings", "transitions")
PAGES = ("safety", "exploratory", "thresholds")


def walk(scene: Scene, table: str, step: int = 1) -> tuple[int, list[str]]:
    """How many cells a table has, and what is wrong with what is behind every one of them, or every so many."""
    cells, wrong = list(cells_of(scene, table)), []
    for number, cell in enumerate(cells[::step]):
        wrong += faults(scene, cell, find_behind(scene, cell.address), with_rows=number % 10 == 0)
    return len(cells), wrong


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("table", TABLES)
def test_as_many_are_behind_each_cell_of_the_demonstration_as_it_says(trial: Workspace, table: str) -> None:
    scene, _ = trial.open(DEMONSTRATION, "")
    cells, wrong = walk(scene, table)
    assert cells > 10
    assert wrong == []


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("query", FILTERED)
@pytest.mark.parametrize("table", TABLES)
def test_filters_hold_behind_each_cell(trial: Workspace, table: str, query: str) -> None:
    scene, problems = trial.open(DEMONSTRATION, query)
    cells, wrong = walk(scene, table, step=7 if table in LARGE else 1)
    assert problems == ()
    assert cells > 0
    assert wrong == []


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("query", ["", "cohort=high,low&sex=F&age=75-", "grade=3&grading=severity&related=yes&ci=wilson"])
@pytest.mark.parametrize("table", ["events", "terms", "grades", "onset", "shift", "doses", "board", "responders", "time-above", "reached"])
def test_as_many_are_behind_each_cell_of_the_pilot_as_it_says(pilot: Workspace, table: str, query: str) -> None:
    scene, problems = pilot.open(PILOT, query)
    cells, wrong = walk(scene, table, step=5 if query and table in LARGE else 1)
    assert problems == ()
    assert wrong == []
    assert cells > 0


def linked_parts(scene: Scene) -> Iterator[tuple[str, CellPart]]:
    """The links of every table on the pages, with the panel."""
    for panel, subject in (shown for page in PAGES for shown in page_panels(page, scene.protocol)):
        words = panel.describe(panel.summarise(scene, subject), scene)
        yield from (
            (panel.key, part) for row in words.rows for cell in row if isinstance(cell, LinkedText) for part in cell.parts if part.of
        )


@pytest.mark.usefixtures("remembered")
def test_each_number_of_a_table_leads_to_as_many_participants(trial: Workspace) -> None:
    """The texts themselves: “3/10 …”, “2 below baseline”, “n = 6”, “rose 1”. `OTHERS` are no number of participants."""
    scene, _ = trial.open(DEMONSTRATION, "")
    seen = set()
    for panel, part in linked_parts(scene):
        found, stated = find_behind(scene, part.of), read_number(part)
        seen.add(panel)
        assert stated in (None, len(found.counted)), (part, len(found.counted))
    assert seen == LINKED


LINKED = {
    "events-overview", "events-terms", "events-onset", "events-weeks", "lab-shift", "exposure", "escalation", "ada", "pk", "cmax",
    "exposure-response", "findings", "titres", "questionnaires", "ada-counts", "responders", "sweep", "time-above", "reached",
}  # fmt: skip
# Days, shares, events, weeks and means: numbers of other things than participants.
OTHERS = (
    "doses:longest_delay:", "doses:percent:", "concentrations:", "cmax:", "response:", "event:", "unplaced:", "onset:", "weeks:",
    "time-above:n:", "reached:n:", "scores:", "ada-counts:",
)  # fmt: skip


def read_number(part: CellPart) -> int | None:
    """How many participants the text of a link says; None where it says something else."""
    if part.of.startswith(OTHERS):
        return None
    found = re.match(r"(?:n = |rose )?(\d+)", part.text)
    assert found, part
    return int(found[1])


def test_longest_delay_and_lowest_and_highest_amount_belong_to_those_behind_them(trial: Workspace) -> None:
    scene, _ = trial.open(DEMONSTRATION, "")
    texts = {part.of: part.text for panel, part in linked_parts(scene) if panel == "exposure"}
    for number in (1, 2, 3):
        delay = table_behind(scene, f"doses:longest_delay:{number}:all")
        planned = {1: 0, 2: 84, 3: 168}[number]
        assert {str(day - planned) for day in delay["day"]} == {texts[f"doses:longest_delay:{number}:all"]}


def test_the_weeks_behind_a_grade_are_those_of_the_participants_with_such_an_event(trial: Workspace) -> None:
    scene, _ = trial.open(DEMONSTRATION, "")
    for level in ("1", "2", "3"):
        found = find_behind(scene, f"weeks:{level}:all")
        assert set(found.rows["participant_index"]) == set(found.counted)
        assert set(found.rows["value_text"]) == {f"grade {level}"}


def test_the_participants_behind_each_term_of_the_pilot_are_those_of_a_statement(pilot: Workspace, pilot_folder: Path) -> None:
    """The second road: DISTINCT USUBJID of the delivered AE, with a start in or after the month or year of the first dose."""
    scene, _ = pilot.open(PILOT, "")
    with sqlite3.connect(":memory:") as connection:
        for name in ("ae", "dm"):
            pd.read_csv(pilot_folder / f"{name}.csv", dtype=str, keep_default_na=False).to_sql(name, connection, index=False)
        rows = connection.execute(
            """SELECT ae.AEBODSYS, ae.AEDECOD, ae.USUBJID FROM ae JOIN dm USING (USUBJID)
            WHERE dm.ARM = 'Placebo' AND (ae.AESTDTC || substr('-12-31', length(ae.AESTDTC) - 3) >= dm.RFXSTDTC OR ae.AESTDTC = '')"""
        ).fetchall()
    expected: dict[tuple[str, str], set[str]] = {}
    for system, term, participant in rows:
        expected.setdefault((system, term), set()).add(participant)
    assert len(expected) > 100
    for (system, term), people in sorted(expected.items())[::5]:
        table = table_behind(scene, encode_cell("terms", system, term, "placebo"))
        assert set(table["participant"]) == people, term


def test_each_source_row_behind_a_term_is_that_row_of_the_delivery(pilot: Workspace, pilot_folder: Path) -> None:
    scene, _ = pilot.open(PILOT, "")
    delivered = pd.read_csv(pilot_folder / "ae.csv", dtype=str, keep_default_na=False)
    table = table_behind(scene, encode_cell("terms", "NERVOUS SYSTEM DISORDERS", "DIZZINESS", "all"))
    assert len(table) > 20
    own = delivered.iloc[table["source_row"].astype("int64") - 1]
    assert own["USUBJID"].tolist() == table["participant"].tolist()
    assert set(own["AEDECOD"]) == {"DIZZINESS"}
    assert set(table["source_file"]) == {"ae"}


@pytest.mark.parametrize("base", ["last", "mean"])
def test_the_mean_of_the_baseline_rows_is_the_baseline(trial: Workspace, base: str) -> None:
    scene, _ = trial.open(DEMONSTRATION, f"base={base}")
    people = scene.analysis.participants
    for analyte in scene.protocol.analyte_keys:
        rows = baseline_rows(scene, analyte, people.index.to_numpy())
        counts = scene.analysis.counts.set_index(["source_file", "source_row"])["value"]
        values = counts.loc[list(zip(rows["source_file"], rows["source_row"], strict=True))].to_numpy()
        means = pd.Series(values).groupby(rows["participant_index"].to_numpy()).mean().reindex(people.index)
        assert means.to_numpy() == pytest.approx(people[f"baseline_{analyte}"].to_numpy(), nan_ok=True)


def test_everyone_a_cell_counts_stands_in_its_table_even_without_a_row(trial: Workspace) -> None:
    scene, _ = trial.open(DEMONSTRATION, "")
    for address in ("board:enrolled:480", "doses:missed:3:all", "doses:ended:3:all", "events:deaths::all", "weeks:0:all"):
        found, table = find_behind(scene, address), table_behind(scene, address)
        assert table["participant"].nunique() == len(found.counted) > 0, address


@pytest.mark.parametrize(
    "address",
    [
        "", "nonsense", "events", "events:any:240", "events:nothing::240", "events:any::960", "events:any::", "terms:Nowhere::240",
        "terms:::240:x", "grades:::CTCAE v5.0:9:240", "shift:nothing:worst:0:0:all", "shift:alc-low-ctcae:best:0:0:all",
        "doses:given:9:all", "doses:given:x:all", "doses:eaten:1:all", "board:enrolled:all", "board:cohort:240", "board:dose_x:240",
        "board:dose_9:240", "onset:1:0:5:all", "onset:x:::all", "weeks:9:all", "unplaced:never", "event:ae:0", "event:ae:x",
        "antibodies:sticky:treatment-induced::all", "antibodies:binding:treatment-induced:week-99:all", "cmax:::::all",
        "findings:::::::all", "findings:XX:Y:::week-36:n:all", "transitions:::::::::", "responders:nobody:200:all",
        "responders:eligible:1:all",
        "response:::::cd4", "concentrations:::::::", "events:%00:%ff:all", "terms:%F0%9F%92%A9::all",
    ],
)  # fmt: skip
def test_an_address_of_no_cell_is_not_found(trial: Workspace, address: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(trial.open(DEMONSTRATION, "")[0], address)


def test_a_cohort_that_the_filters_leave_out_has_no_cells(trial: Workspace) -> None:
    scene, _ = trial.open(DEMONSTRATION, "cohort=240")
    assert len(find_behind(scene, "events:any::240").group) == 10
    with pytest.raises(NotFoundError, match="480"):
        find_behind(scene, "events:any::480")
