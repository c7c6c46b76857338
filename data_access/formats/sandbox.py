"""Reading a file in a child process with a limit of memory and of time. What goes wrong there is a refusal of the file.

The child gets no environment (no database address, no secret). What it answers is text and Arrow files that are validated; nothing of it is
ever unpickled.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow as pa

from dashboard.errors import DeliveryRefusedError, Refusal, StorageError
from data_access.formats.limits import ADDRESS_BYTES, MEGABYTE, MEMORY_BYTES, SECONDS, describe_size
from data_access.formats.raw_table import RawTable, refusal

ROOT = str(Path(__file__).parents[2])
START = (
    "import json, sys; memory, addresses, sys.path[:] = json.loads(sys.argv[1]); "
    "from data_access.formats.child import serve; serve(memory, addresses)"
)
# Threads of libraries would take addresses and compete with the server.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
LONGEST_ANSWER = 4 * MEGABYTE
STOPPED_BY = {signal.SIGKILL: "by the system", signal.SIGSEGV: "by a fault", signal.SIGABRT: "by itself, as it does without memory"}


class Sandbox:
    """One child for all files of a delivery; it is started by the first file, and anew after one that stopped it."""

    def __init__(self, folder: Path, memory: int = MEMORY_BYTES, seconds: float = SECONDS) -> None:
        self._folder, self._memory, self._seconds = folder, memory, seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._files = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def read(self, kind: str, file: str, path: Path, tell: Callable[[int, int], None]) -> list[RawTable]:
        """The data sets of one file of `kind` (its suffix). DeliveryRefusedError as its reader says, or naming the limit it exceeded."""
        self._files += 1
        asked = {"kind": kind, "file": file, "path": str(path), "out": str(self._folder / f"table-{self._files}")}
        child = self._started()
        if child.stdin is None:
            raise StorageError("the reading process has no input")
        try:
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError as error:
            raise self._ended(file) from error
        return self._receive(file, child, tell)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            given = json.dumps([self._memory, ADDRESS_BYTES, [ROOT, *sys.path]])
            self._errors = (self._folder / "errors").open("w+b")
            # The command is this program's own interpreter and words.
            self._child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", START, given],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=ENVIRONMENT, cwd=self._folder,
            )  # fmt: skip
        return self._child

    def _receive(self, file: str, child: subprocess.Popen[bytes], tell: Callable[[int, int], None]) -> list[RawTable]:
        deadline, held = time.monotonic() + self._seconds, b""
        while True:
            line, mark, rest = held.partition(b"\n")
            if not mark:
                held += self._more(file, child, deadline)
                if len(held) > LONGEST_ANSWER:
                    raise self._not_understood(file)
                continue
            held = rest
            with self._distrusting(file):
                answer = json.loads(line)
                if "done" not in answer:
                    return self._tables(file, answer)
                done, total = int(answer["done"]), int(answer["total"])
            tell(done, total)

    @contextmanager
    def _distrusting(self, file: str) -> Iterator[None]:
        """Whatever a reader answers that is no answer refuses its file."""
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError, pa.ArrowException) as error:
            raise self._not_understood(file) from error

    def _not_understood(self, file: str) -> DeliveryRefusedError:
        self._stop()
        return refusal(file, "its reader answered with something that is no table; the file is damaged or not what its name says")

    def _more(self, file: str, child: subprocess.Popen[bytes], deadline: float) -> bytes:
        if child.stdout is None:
            raise StorageError("the reading process has no output")
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ)
            ready = waiting.select(max(0, deadline - time.monotonic()))
        if not ready:
            self._stop()
            raise refusal(file, f"takes longer to read than the {self._seconds:g} s allowed; split it, or write it as CSV")
        piece = os.read(child.stdout.fileno(), MEGABYTE)
        if not piece:
            raise self._ended(file)
        return piece

    def _tables(self, file: str, answer: dict[str, Any]) -> list[RawTable]:
        if "refusals" in answer:
            raise DeliveryRefusedError([Refusal(**given) for given in answer["refusals"]])
        if "memory" in answer:
            self._stop()
            raise refusal(file, self._too_large())
        if "storage" in answer:
            raise StorageError(f"{file}: cannot be read: {answer['storage']}")
        return [self._load(file, given) for given in answer["tables"]]

    def _load(self, file: str, given: dict[str, str]) -> RawTable:
        path = Path(given["path"])
        if path.parent != self._folder or not path.name.startswith("table-"):
            raise ValueError("a path that was not given to it")
        with pa.OSFile(str(path), "rb") as source, pa.ipc.open_file(source) as reader:
            table = reader.read_all().combine_chunks()
        path.unlink()
        table.validate(full=True)
        if any(column.type != pa.large_string() or column.null_count for column in table.columns):
            raise ValueError("columns that are no text")
        return RawTable(str(given["file"]), tuple(table.column_names), table)

    def _too_large(self) -> str:
        return f"needs more memory to read than the {describe_size(self._memory)} allowed; split it, or write it as CSV"

    def _ended(self, file: str) -> DeliveryRefusedError:
        """The refusal for a child that ended by itself while it read `file`."""
        child, errors = self._child, self._errors
        code = child.wait() if child else 0
        said = b""
        if errors:
            errors.seek(0)
            said = errors.read(MEGABYTE).strip()
        self._stop()
        last = said.decode("utf-8", "replace").splitlines()[-1:] if said else []
        if b"memory" in said.lower() or b"bad_alloc" in said or b"capacity overflow" in said:
            return refusal(file, self._too_large())
        how = STOPPED_BY.get(signal.Signals(-code), "by a signal") if code < 0 else f"with exit code {code}"
        return refusal(file, f"its reader was stopped {how}; the file is damaged or not what its name says", None, None, *last)

    def _stop(self) -> None:
        if self._child:
            self._child.kill()
            self._child.wait()
        # The errors are open before the child is, which may fail to start.
        pipes = (self._child.stdin, self._child.stdout) if self._child else ()
        for pipe in (*pipes, self._errors):
            if pipe:
                pipe.close()
        self._child = self._errors = None
