"""Readers, their roles, and what each role may do: one table of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

Role = Literal["investigator", "dsmb", "statistician", "admin"]
# see     the study and the data cuts released to the reader's roles
# see-all every published data cut of the study, released or not
# split   figures by cohort before the final release of a study whose interim policy is “closed”
# deliver receive, publish, discard, withdraw and verify data cuts
# audit   read the audit
# govern  accounts, roles and sessions
Action = Literal["see", "see-all", "split", "deliver", "audit", "govern"]

ROLES: tuple[Role, ...] = get_args(Role)
STUDY_ROLES: tuple[Role, ...] = ("investigator", "dsmb", "statistician")
# Roles that see what is released to them; statisticians see every published data cut.
RELEASE_ROLES: tuple[Role, ...] = ("investigator", "dsmb")
# The place of a role that belongs to no study.
EVERYWHERE = "*"

RULES: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        "investigator": frozenset[Action]({"see"}),
        "dsmb": frozenset[Action]({"see", "split"}),
        "statistician": frozenset[Action]({"see", "see-all", "deliver"}),
        # Who governs accounts sees no data unless another role says so.
        "admin": frozenset[Action]({"audit", "govern"}),
    }
)


@dataclass(frozen=True)
class Reader:
    """Who asks: a name, and the roles by study (EVERYWHERE for roles of no study). A reader without roles sees nothing."""

    name: str
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    @property
    def administrator(self) -> bool:
        """Whether this reader governs accounts, roles and sessions."""
        return "admin" in self.roles.get(EVERYWHERE, frozenset())

    def roles_in(self, study: str) -> frozenset[Role]:
        """The roles in one study."""
        return self.roles.get(study, frozenset())

    def may(self, action: Action, study: str) -> bool:
        """Whether one of the reader's roles in `study` (or everywhere) allows `action`."""
        held = self.roles_in(study) | self.roles.get(EVERYWHERE, frozenset())
        return any(action in RULES[role] for role in held)

    def knows(self, study: str) -> bool:
        """Whether the study exists for this reader: some role in it allows to see it."""
        return any("see" in RULES[role] for role in self.roles_in(study))


NOBODY = Reader("")
