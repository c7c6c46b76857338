"""One delivery on its way: what is known of it, and what the reader is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dashboard.errors import Refusal

State = Literal["receiving", "waiting", "reading", "refused", "ready", "published", "discarded", "busy", "failed", "interrupted"]
# A process of ours is at work on it; in every other state nothing happens any more without the reader.
ACTIVE: tuple[State, ...] = ("receiving", "waiting", "reading")
SENTENCES: Mapping[State, str] = MappingProxyType(
    {
        "receiving": "The files are being received.",
        "waiting": "Another import is running on this database. This delivery is read as soon as that one has ended.",
        "reading": "The delivery is being read. Nothing is published by reading.",
        "refused": "The delivery is refused as a whole; nothing was stored. Correct what is listed and send all files again.",
        "ready": "The delivery was read and is stored as a draft, which readers do not see. Read the report, then publish or discard it.",
        "published": "The data cut is published; readers see it.",
        "discarded": "The delivery was discarded; nothing of it is kept.",
        "busy": "Another import did not end in time; nothing was stored. Send the files again when it has ended.",
        "failed": "The server could not read the delivery; nothing was published. Report the reference to whoever runs the server.",
        "interrupted": "The reading was interrupted before it ended; nothing was published. Send the files again.",
    }
)


class ReceivedFile(BaseModel):
    """One file as it was sent: its name there, the name it was kept under (the report uses this one), and its size in bytes."""

    model_config = ConfigDict(frozen=True)

    sent_as: str
    name: str
    size: int


class Cut(BaseModel):
    """What the reader is told of the snapshot that a delivery became; `content_hash` in full."""

    model_config = ConfigDict(frozen=True)

    cut: str
    content_hash: str
    status: str
    label: str
    cut_date: date
    synthetic: bool
    participants: int
    records: int
    withdrawn_reason: str = ""


class Job(BaseModel):
    """A delivery on its way. `done` of `total` units of `step` are finished (no total: not known).

    `cut_date` is the date of the data cut as it was given, None for “the latest date delivered”; the snapshot has the one used.
    `by` delivers it. `report` is the data-quality report as JSON has it. `reference` finds a failure in the server's log.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    study: str
    by: str = ""
    state: State = "receiving"
    cut_date: date | None = None
    label: str = ""
    files: tuple[ReceivedFile, ...] = ()
    step: str = ""
    done: int = 0
    total: int | None = None
    refusals: tuple[Refusal, ...] = ()
    report: dict[str, Any] | None = None
    snapshot: Cut | None = None
    why: str = ""
    reference: str = ""

    @property
    def active(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ACTIVE

    @property
    def sentence(self) -> str:
        """What the reader is told: the state, and why when there is more to say."""
        return f"{self.why} {SENTENCES[self.state]}" if self.why else SENTENCES[self.state]

    def change(self, **values: Any) -> Job:
        """The same delivery, later."""
        return self.model_copy(update=values)

    def describe(self) -> dict[str, Any]:
        """Everything for the reader's browser, as JSON has it."""
        return self.model_dump(mode="json") | {"active": self.active, "sentence": self.sentence}
