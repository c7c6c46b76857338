"""The headline numbers that two data cuts are compared by, and the choices they are made under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.study.choices import Denominator, ResponseRule, Rule, Who
from dashboard.study.protocol import StudyProtocol

Kind = Literal["enrolled", "dosed", "doses", "counts", "baseline", "responders", "days-above", "time-to", "visit"]


@dataclass(frozen=True)
class Choices:
    """Rules of the headline numbers; the words and meanings of the contract's query keys."""

    thresholds: tuple[float, ...]
    visits: tuple[str, ...]
    period: str
    rule: Rule = "linear"
    gap: int | None = 91
    who: Who = "eligible"
    respond: ResponseRule = "at-visit"
    denominator: Denominator = "observed"


def default_choices(protocol: StudyProtocol) -> Choices:
    """The choices of an address without query keys; results by visit at the milestones and at the endpoint's visit, in plan order."""
    wanted = {protocol.endpoint.visit, *(milestone.visit for milestone in protocol.milestones)}
    return Choices(
        thresholds=tuple(sorted(protocol.endpoint.thresholds)),
        visits=tuple(key for key in protocol.visit_keys if key in wanted),
        period=protocol.periods[0].key,
        gap=protocol.endpoint.gap_cap,
    )


@dataclass(frozen=True)
class Headline:
    """One headline: `key` names it in tables (“responders-300-week-36”), `label` in sentences (“CD4 ≥ 300 at week 36”)."""

    kind: Kind
    key: str
    label: str
    analyte: str = ""
    threshold: float = float("nan")
    visit: str = ""


def list_headlines(protocol: StudyProtocol, choices: Choices) -> tuple[Headline, ...]:
    """Every headline of a study, in the order in which they are shown."""
    analyte = protocol.analyte(protocol.endpoint.analyte)
    return (
        Headline("enrolled", "enrolled", "enrolled"),
        Headline("dosed", "dosed", "dosed"),
        Headline("doses", "doses", "doses given"),
        Headline("counts", "counts", "count records"),
        *(Headline("baseline", f"baseline-{part.key}", f"baseline {part.short}", part.key) for part in protocol.analytes),
        *(_list_responders(protocol, choices)),
        *(
            Headline("days-above", f"days-above-{threshold:g}", f"days with {analyte.short} ≥ {threshold:g}", analyte.key, threshold)
            for threshold in choices.thresholds
        ),
        *(
            Headline("time-to", f"time-to-{threshold:g}", f"time to {analyte.short} ≥ {threshold:g}", analyte.key, threshold)
            for threshold in choices.thresholds
        ),
        *(
            Headline("visit", f"{part.key}-{visit}", f"{part.short} at {_name_visit(protocol, visit)}", part.key, visit=visit)
            for visit in choices.visits
            for part in protocol.analytes
        ),
    )


def _list_responders(protocol: StudyProtocol, choices: Choices) -> list[Headline]:
    analyte = protocol.analyte(protocol.endpoint.analyte)
    if choices.respond != "at-visit":
        words = "at any visit" if choices.respond == "ever" else "at two visits in a row"
        return [
            Headline(
                "responders", f"responders-{t:g}-{choices.respond}", f"{analyte.short} ≥ {t:g} {words}", analyte.key, t, choices.visits[-1]
            )
            for t in choices.thresholds
        ]
    return [
        Headline(
            "responders",
            f"responders-{t:g}-{visit}",
            f"{analyte.short} ≥ {t:g} at {_name_visit(protocol, visit)}",
            analyte.key,
            t,
            visit,
        )
        for visit in choices.visits
        for t in choices.thresholds
    ]


def _name_visit(protocol: StudyProtocol, visit: str) -> str:
    label = protocol.visit(visit).label
    return label[:1].lower() + label[1:]
