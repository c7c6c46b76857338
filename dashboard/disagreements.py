"""Derived values that a delivery states itself, compared with the product's own before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.endpoints.quality.claims import derive_claim_disagrees
from dashboard.endpoints.quality.rows import Evidence
from dashboard.endpoints.records import derive_analysis
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData

if TYPE_CHECKING:
    from data_access.delivery import Delivery

SHOWN = 20


def read_records(records: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """The rows of `table`; none delivered gives an empty frame of its columns."""
    empty = {name: pd.Series(dtype=kind) for name, kind in RECORD_TABLES[table][0].items()}
    return records.get(table, pd.DataFrame(empty))


def describe_disagreements(protocol: StudyProtocol, delivery: Delivery) -> str:
    """How many delivered derived values agree, and a sentence for each of the first that do not, with its file and row."""
    snapshot = Snapshot(delivery.study, "0" * 64, "", delivery.cut_date, "draft", delivery.synthetic, datetime.now(UTC))
    data = StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses)
    claims, attendance = (read_records(delivery.records, table) for table in ("claim", "attendance"))
    found = derive_claim_disagrees(Evidence(derive_analysis(data, protocol, "last"), claims, attendance))
    lines = [f"derived values delivered: {len(claims)}; {len(found)} disagree with the product's own, which are shown"]
    rows = found.head(SHOWN)
    told = zip(rows["source_file"], rows["source_row"], rows["sentence"], strict=True)
    lines += [f"  {file}, row {row}: {text}" for file, row, text in told]
    more = len(found) - len(rows)
    return "\n".join([*lines, f"  and {more} more; the page Data, Quality lists all"] if more > 0 else lines)
