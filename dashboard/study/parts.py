"""What every part of a study definition is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    """A frozen part of a definition; an unknown key is an error, so that a typing slip cannot pass in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class KeyedPart(Part):
    """A part that addresses and other parts refer to by its key."""

    key: Key
