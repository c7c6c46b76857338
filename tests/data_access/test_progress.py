"""How an import tells its progress: a bar on a terminal, plain lines in a file or pipe."""

from __future__ import annotations

import io

import pytest

from data_access.progress import TerminalProgress, describe_progress, draw_bar

MILLION = 1_000_000


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (0, None, "reading lb.csv"),
        (1_500, None, "reading lb.csv: 1,500"),
        (0, 3, "reading lb.csv: 0 of 3 (0 %)"),
        # 2/3 is 66.7 %: a step is never told as finished before it is.
        (2, 3, "reading lb.csv: 2 of 3 (66 %)"),
        (3, 3, "reading lb.csv: 3 of 3 (100 %)"),
        (0, 0, "reading lb.csv"),
    ],
)
def test_progress_is_told_in_words(done: int, total: int | None, words: str) -> None:
    assert describe_progress("reading lb.csv", done, total) == words


@pytest.mark.parametrize(("done", "filled"), [(0, 0), (1, 4), (5, 20), (10, 40), (11, 40)])
def test_the_bar_is_as_full_as_the_step_is_done(done: int, filled: int) -> None:
    bar = draw_bar("storing", done, 10, 100)
    assert (bar.count("#"), bar.count("-")) == (filled, 40 - filled)


@pytest.mark.parametrize("columns", [5, 20, 40, 60, 200])
def test_a_line_is_never_wider_than_the_terminal(columns: int) -> None:
    assert len(draw_bar("reading a file with a rather long name.csv", 450_000, MILLION, columns)) <= columns


def test_outside_a_terminal_a_long_step_is_its_name_and_its_quarters() -> None:
    stream = io.StringIO()
    with TerminalProgress(stream) as progress:
        for done in range(0, MILLION + 1, 50_000):
            progress("reading lb.csv", done, MILLION)
        progress("storing", 0, None)
    lines = [f"reading lb.csv: {done:,} of 1,000,000 ({done // 10_000} %)" for done in range(250_000, MILLION + 1, 250_000)]
    assert stream.getvalue().splitlines() == ["reading lb.csv", *lines, "storing"]


def test_outside_a_terminal_a_long_step_that_is_told_once_has_its_name_and_its_end() -> None:
    stream = io.StringIO()
    with TerminalProgress(stream) as progress:
        progress("storing", MILLION, MILLION)
    assert stream.getvalue().splitlines() == ["storing", "storing: 1,000,000 of 1,000,000 (100 %)"]


def test_outside_a_terminal_a_small_step_is_its_name() -> None:
    stream = io.StringIO()
    with TerminalProgress(stream) as progress:
        for done in range(10):
            progress("reading dm.csv", done, 9)
    assert stream.getvalue() == "reading dm.csv\n"


def test_on_a_terminal_a_step_is_one_line_that_is_redrawn_and_the_next_begins_below() -> None:
    stream = Terminal()
    with TerminalProgress(stream, lambda: 79) as progress:
        progress("reading lb.csv", 0, 2)
        progress("reading lb.csv", 2, 2)
        progress("storing", 0, None)
    first, second, rest = stream.getvalue().split("\n")
    assert first.split("\r")[1:] == [draw_bar("reading lb.csv", 0, 2, 79), draw_bar("reading lb.csv", 2, 2, 79)]
    assert (second, rest) == ("\rstoring", "")


def test_a_shorter_line_leaves_nothing_of_the_longer_one_before_it() -> None:
    stream = Terminal()
    with TerminalProgress(stream, lambda: 79) as progress:
        progress("reading", 1_000, None)
        progress("reading", 0, None)
    assert stream.getvalue() == "\rreading: 1,000\rreading       \n"


def test_what_does_not_change_the_bar_is_not_drawn() -> None:
    stream = Terminal()
    with TerminalProgress(stream, lambda: 79) as progress:
        for done in range(MILLION // 100):
            progress("reading lb.csv", done, MILLION)
    assert stream.getvalue().count("\r") == 1
