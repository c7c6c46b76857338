"""A small trial with antibodies, concentrations and outcomes whose numbers can be counted by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot, StudyData
from tests.endpoints.builders import build_data, course
from tests.endpoints.exploratory.findings import ada, build_findings, drug, finding
from tests.panels.scenes import OneCut, open_scene

# a, b and c (240) and d (480) have one dose on day 0; e (480) was never dosed. c has no CD4 after day 0.
VALUES = [
    *course("a", {0: 100.0, 14: 200.0, 30: 150.0}),
    *course("b", {0: 100.0, 14: 400.0}),
    *course("c", {0: 100.0}),
    *course("d", {0: 100.0, 14: 300.0}),
    ("e", "cd4", None, 90.0),
]


@cache
def explored_data() -> StudyData:
    people: dict[str, dict[str, Any]] = {name: {"cohort": "480"} for name in ("d", "e")}
    people["e"] |= {"status": "not dosed"}
    return build_data(VALUES, doses={"e": ()}, people=people)


@cache
def explored_findings() -> pd.DataFrame:
    """Binding antibodies: a induced; b positive at baseline (1:10), then 1:40, boosted; c negative; d none after the dose. Outcomes in
    lesions: a from 4 to 2 at day 252, b from 3 to 3, c from 1 to 5, d without a baseline; and a response in words."""
    return build_findings(
        [
            *(ada("a", day, text) for day, text in ((-1, "NEGATIVE"), (84, "1:20"), (252, "1:20"))),
            *(ada("b", day, text) for day, text in ((-1, "1:10"), (84, "1:40"))),
            *(ada("c", day, "NEGATIVE") for day in (-1, 84)),
            ada("d", -1, "NEGATIVE"),
            drug("a", -1, 0.1, label="Drug"),
            *(drug("a", day, value, after_dose=day == 0, label="Drug") for day, value in ((0, 4.0), (14, 1.0))),
            *(drug("b", day, value, after_dose=day == 0, label="Drug") for day, value in ((0, 9.0), (14, 4.0))),
            drug("c", 14, 2.0, label="Drug"),
            *(drug("d", day, value, after_dose=day == 0, label="Drug") for day, value in ((0, 16.0),)),
            drug("d", 14, 0.015, below_loq=True, limit=0.03, value_text="<0.03", label="Drug"),
            *(finding("a", day, value, label="Lesions", object="HPV LESION") for day, value in ((-1, 4.0), (252, 2.0))),
            *(finding("b", day, value, label="Lesions", object="HPV LESION") for day, value in ((-1, 3.0), (252, 3.0))),
            *(finding("c", day, value, label="Lesions", object="HPV LESION") for day, value in ((-1, 1.0), (252, 5.0))),
            finding("d", 252, 7.0, label="Lesions", object="HPV LESION"),
            *(finding("a", day, word, "RESP", label="Response") for day, word in ((-1, "Active"), (252, "Cleared"))),
        ]
    )


@dataclass(frozen=True)
class Explored(OneCut):
    """An archive of one data cut that also holds findings."""

    findings: pd.DataFrame

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return self.findings if table == "finding" else super().records(snapshot, table)


def explore_many(values: tuple[float, ...]) -> Scene:
    """The scene of one concentration on the day of the dose per participant, all of 240."""
    names = [f"p{place}" for place in range(len(values))]
    data = build_data([row for name in names for row in course(name, {0: 100.0})])
    drawn = [drug(name, 0, value, after_dose=True, label="Drug") for name, value in zip(names, values, strict=True)]
    return replace(open_scene(data), archive=Explored(data, build_findings(drawn)))


def explore(findings: pd.DataFrame | None = None, **choices: Any) -> Scene:
    """The scene of the small trial with `findings` (those of `explored_findings` unless given)."""
    data = explored_data()
    return replace(open_scene(data, **choices), archive=Explored(data, explored_findings() if findings is None else findings))
