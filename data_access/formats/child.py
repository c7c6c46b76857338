"""The child process that reads the formats whose readers are too complex to trust with the memory of the server.

One line of JSON is one file to read; the answers are lines of JSON, the tables Arrow files in the folder given. Only what a format
needs is imported, when it is needed: the child starts in a few tenths of a second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from dashboard.errors import DeliveryRefusedError
from data_access.formats.raw_table import RawTable

Tell = Callable[[int, int], None]


def serve(memory: int, addresses: int) -> None:
    """Read files until the standard input ends, with at most `memory` bytes of data and `addresses` bytes of address space."""
    _limit_memory(memory, addresses)
    for line in sys.stdin:
        _say(**_answer(json.loads(line)))


def _limit_memory(memory: int, addresses: int) -> None:
    import resource

    limits = {resource.RLIMIT_DATA: memory, resource.RLIMIT_AS: addresses, resource.RLIMIT_CORE: 0}
    for kind, most in limits.items():
        # Some systems know a limit and refuse to set it; the time limit of the parent remains.
        with suppress(ValueError):
            resource.setrlimit(kind, (most, most))


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    # Running out of memory is known here before the parent could only guess it.
    try:
        return {"tables": _read(asked)}
    except DeliveryRefusedError as error:
        return {"refusals": [asdict(refusal) for refusal in error.refusals]}
    except MemoryError:
        return {"memory": True}
    except OSError as error:
        return {"storage": str(error)}


def _read(asked: dict[str, Any]) -> list[dict[str, Any]]:
    def tell(done: int, total: int) -> None:
        _say(done=done, total=total)

    tables = read_in_format(asked["kind"], asked["file"], Path(asked["path"]), tell)
    answers = []
    for number, table in enumerate(tables):
        target = f"{asked['out']}.{number}"
        with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, table.table.schema) as writer:
            writer.write_table(table.table)
        answers.append({"path": target, "file": table.file})
    return answers


def read_in_format(kind: str, file: str, path: Path, tell: Tell) -> list[RawTable]:
    """The data sets of the file at `path`, by its suffix `kind`; errors as the reader of that format."""
    if kind == ".xpt":
        from data_access.formats.xpt import read_xpt as read
    elif kind == ".parquet":
        from data_access.formats.parquet import read_parquet as read
    elif kind == ".xlsx":
        from data_access.formats.xlsx import read_xlsx as read
    else:
        from data_access.formats.dataset_json import read_dataset_json as read
    return read(file, path, tell)


def _say(**answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
