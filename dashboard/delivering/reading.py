"""Reading a delivery for an import, whoever asks for it: the command line or the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.errors import DeliveryRefusedError, Refusal

if TYPE_CHECKING:
    from data_access.delivery import Delivery

FUTURE = "the latest date delivered would become the data cut, but lies in the future; correct it or give the date of the data cut"
LATER = "the date of the data cut lies in the future; nothing can be complete up to a day that is still to come"


def validate_cut_date(delivery: Delivery, given: date | None, today: date) -> None:
    """DeliveryRefusedError when the data cut, given or taken from the delivery's latest date, lies after `today`."""
    if delivery.cut_date > today:
        raise DeliveryRefusedError([Refusal("delivery", FUTURE if given is None else LATER, value=delivery.cut_date.isoformat())])


def list_paths(folder: Path) -> Sequence[Path]:
    """What was received, as the paths of a delivery: a lone zip file as such, else the folder."""
    found = sorted(folder.iterdir())
    return found if len(found) == 1 and found[0].suffix.lower() == ".zip" else [folder]
