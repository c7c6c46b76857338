"""The groups of participants at risk that a view shows: its cohorts, then all of them."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.scene import Scene

ALL_LABEL = "All shown"


class Group(NamedTuple):
    """A cohort, or all of them: key (as addresses have it), label, and position among `AtRisk.groups`."""

    key: str
    label: str
    place: int


def list_groups(scene: Scene) -> tuple[Group, ...]:
    """The cohorts shown, then all of them."""
    keys, cohorts = scene.protocol.cohort_keys, scene.protocol.cohorts
    shown = [keys.index(key) for key in scene.view.cohorts(scene.protocol)]
    return (*(Group(keys[place], cohorts[place].label, place) for place in shown), Group(ALL_COHORTS, ALL_LABEL, len(keys)))
