"""How a long import tells its progress, to whoever wants to know."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

# On a terminal the line is redrawn at every hundredth, elsewhere a line is written at every quarter.
REDRAWN_PARTS, WRITTEN_PARTS = 100, 4
# Steps smaller than this pass too quickly to be worth more than their name.
WORTH_QUARTERS = 10_000
NARROWEST_BAR, WIDEST_BAR = 10, 40


class Progress(Protocol):
    """Called again and again while a delivery is read and stored."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """`step` is a phrase such as “reading lb.csv”; `done` of `total` units are finished (None: the total is not known)."""
        ...


def silent(step: str, done: int, total: int | None) -> None:
    """Tells nobody."""


def describe_progress(step: str, done: int, total: int | None) -> str:
    """The progress of a step in words: “reading lb.csv: 450,000 of 1,000,000 (45 %)”."""
    if total:
        return f"{step}: {done:,} of {total:,} ({100 * done // total} %)"
    return f"{step}: {done:,}" if done else step


def draw_bar(step: str, done: int, total: int | None, columns: int) -> str:
    """One line of at most `columns` characters: the step, a bar when the total is known, and how much is done."""
    words = describe_progress(step, done, total)
    width = min(WIDEST_BAR, columns - len(words) - 4)
    if not total or width < NARROWEST_BAR:
        return words[:columns]
    filled = min(width, width * done // total)
    return f"{words} [{'#' * filled}{'-' * (width - filled)}]"


def terminal_columns() -> int:
    """The width of the terminal, less one column in which some terminals wrap the line."""
    return shutil.get_terminal_size().columns - 1


class TerminalProgress:
    """Progress for a person: a bar that is redrawn on a terminal; in a file or pipe the name of each step, and of long ones each quarter.

    Use it as a context manager, so that what is written next begins on a new line.
    """

    def __init__(self, stream: TextIO, columns: Callable[[], int] = terminal_columns) -> None:
        self._stream, self._columns = stream, columns
        self._redraws = stream.isatty()
        self._step, self._part, self._drawn = "", 0, 0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """See Progress."""
        parts = REDRAWN_PARTS if self._redraws else WRITTEN_PARTS
        part = self._part_of(done, total, parts)
        if step == self._step and part == self._part:
            return
        if step != self._step:
            self._begin(step)
        self._step, self._part = step, part
        if part or self._redraws:
            self._tell(step, done, total)

    def _part_of(self, done: int, total: int | None, parts: int) -> int:
        if not self._redraws and (total or 0) < WORTH_QUARTERS:
            return 0
        # Without a total there is no part; every thousandth unit is worth another look.
        return parts * done // total if total else done // 1_000

    def _begin(self, step: str) -> None:
        self._end_line()
        if not self._redraws:
            self._stream.write(step + "\n")
            self._stream.flush()

    def _tell(self, step: str, done: int, total: int | None) -> None:
        if self._redraws:
            line = draw_bar(step, done, total, self._columns())
            self._stream.write("\r" + line.ljust(self._drawn))
            self._drawn = len(line)
        else:
            self._stream.write(describe_progress(step, done, total) + "\n")
        self._stream.flush()

    def _end_line(self) -> None:
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()
        self._drawn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end_line()
