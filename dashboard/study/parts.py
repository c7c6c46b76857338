"""What every part of a study definition is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    """A frozen part of a definition; an unknown key is an error, so that a typing slip cannot pass in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class KeyedPart(Part):
    """A part that addresses and other parts refer to by its key."""

    key: Key


Kind = TypeVar("Kind", bound=KeyedPart)


def find_part(parts: Sequence[Kind], key: str) -> Kind:
    """The part with this key; KeyError when there is none."""
    for part in parts:
        if part.key == key:
            return part
    raise KeyError(key)
