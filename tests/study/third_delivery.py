"""A small delivery of the third study: nine invented participants of three trials, in the simple format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.data_access.deliveries import write_csv


@dataclass(frozen=True)
class Person:
    """One participant: what stands in participants.csv, the best response, and the days of what happened after the infusion."""

    name: str
    trial: str
    disease: str
    sex: str
    age: int
    involvement: str
    blasts: str
    response: str
    last_day: int
    events: tuple[tuple[str, int], ...] = ()


TRANSPLANT, RELAPSE, DEATH, CONTACT = "STEM CELL TRANSPLANT", "RELAPSE", "DEATH", "LAST CONTACT"
PEOPLE = (
    Person("A-1", "T-1", "LEUKAEMIA", "F", 24, "MARROW", "35", "CR", 400, ((TRANSPLANT, 60), (CONTACT, 400))),
    Person("A-2", "T-1", "LEUKAEMIA", "M", 31, "MARROW", "5", "CR", 220, ((RELAPSE, 150), (DEATH, 220))),
    Person("A-3", "T-1", "LYMPHOMA", "M", 52, "BOTH", "20", "PR", 300, ((RELAPSE, 90), (CONTACT, 300))),
    Person("B-1", "T-2", "LYMPHOMA", "M", 18, "ELSEWHERE", "", "CR", 350, ((TRANSPLANT, 45), (CONTACT, 350))),
    Person("B-2", "T-2", "LYMPHOMA", "F", 44, "ELSEWHERE", "50", "PD", 80, ((DEATH, 80),)),
    Person("B-3", "T-2", "LEUKAEMIA", "M", 9, "BOTH", "", "CR", 320, ((TRANSPLANT, 70), (RELAPSE, 260), (CONTACT, 320))),
    Person("C-1", "T-3", "LEUKAEMIA", "F", 66, "MARROW", "19.9", "NE", 20, ((DEATH, 20),)),
    Person("C-2", "T-3", "LEUKAEMIA", "M", 37, "unknown", "", "CR", 200, ((TRANSPLANT, 55), (CONTACT, 200))),
    Person("C-3", "T-3", "LYMPHOMA", "F", 29, "BOTH", "60", "PR", 120, ((CONTACT, 120),)),
)
# CD3 and CD4 in cells/µL by day.
COUNTS = ((0, 310, 150), (28, 40, 15), (90, 260, 190))


def write_delivery(folder: Path) -> Path:
    """Write the delivery into `folder`; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "participants.csv", [_participant(person) for person in PEOPLE])
    write_csv(folder / "doses.csv", [{"participant": person.name, "day": 0, "dose": "1", "unit": "10^6/kg"} for person in PEOPLE])
    write_csv(folder / "counts.csv", list(_counts()))
    write_csv(folder / "findings.csv", list(_findings()))
    write_csv(folder / "milestones.csv", list(_milestones()))
    write_csv(folder / "adverse_events.csv", [_event(person) for person in PEOPLE])
    return folder


def _participant(person: Person) -> dict[str, object]:
    status = "died" if any(term == DEATH for term, _ in person.events) else "ongoing"
    return {
        "participant": person.name, "studyid": f"TEST-{person.trial}", "disease": person.disease, "sex": person.sex, "age": person.age,
        "first_dose_date": "2024-01-01", "status": status, "last_day": person.last_day, "synthetic": "yes", "involve": person.involvement,
        "blasts": person.blasts,
    }  # fmt: skip


def _counts() -> Iterator[dict[str, object]]:
    for number, person in enumerate(PEOPLE):
        for day, cd3, cd4 in COUNTS:
            if day <= person.last_day:
                for analyte, value in (("CD3", cd3 + 10 * number), ("CD4", cd4 + 10 * number)):
                    yield {"participant": person.name, "analyte": analyte, "day": day, "value": value, "unit": "/uL"}


def _findings() -> Iterator[dict[str, object]]:
    for number, person in enumerate(PEOPLE):
        day = min(28, person.last_day)
        for test in ("OVRLRESP", "BESTRESP"):
            yield {"participant": person.name, "domain": "RS", "test": test, "day": day, "value": person.response, "unit": ""}
        if person.disease == "LYMPHOMA":
            yield {"participant": person.name, "domain": "TR", "test": "SPDCHG", "day": day, "value": -10 * number, "unit": "%"}


def _milestones() -> Iterator[dict[str, object]]:
    for person in PEOPLE:
        for term, day in person.events:
            yield {"participant": person.name, "term": term, "day": day}


def _event(person: Person) -> dict[str, object]:
    return {
        "participant": person.name, "term": "Cytokine release syndrome", "start_day": 3, "end_day": 7, "grade": "2",
        "grading_scale": "ASTCT 2019", "relation": "RELATED", "serious": "no",
    }  # fmt: skip
