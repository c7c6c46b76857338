"""Texts of deliveries are shown literally; the little markup of our own figures is read as plotly reads it."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from dashboard.printing.fonts import BOLD, REGULAR, read_metrics

ELLIPSIS = "…"
# Invisible characters that change how others are read: they are shown by their number.
_HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
_MARKUP = re.compile(r'<br ?/?>|</?b>|<span style="color:(#[0-9a-fA-F]{6})">|</span>')


@dataclass(frozen=True)
class Run:
    """A stretch of text of one weight and colour; an empty colour is that of the whole text."""

    text: str
    bold: bool = False
    colour: str = ""


Lines = tuple[tuple[Run, ...], ...]


def write_literal(text: str) -> str:
    """`text` with each character that is invisible or breaks a file written as its number, as in [U+0007]; line ends are spaces."""
    plain = re.sub(r"\r\n|[\n\r\t]", " ", text)
    return "".join(char if unicodedata.category(char) not in _HIDDEN else f"[U+{ord(char):04X}]" for char in plain)


def write_known(text: str) -> str:
    """`write_literal` for paper: characters that the shipped fonts do not have are written as their number, too."""
    return number_unknown(write_literal(text))


def number_unknown(text: str) -> str:
    """`text`, which may be markup, with every character that the shipped fonts do not have written as its number; line ends stay."""
    known = read_metrics().widths
    return "".join(char if ord(char) in known or char == "\n" else f"[U+{ord(char):04X}]" for char in text)


def read_markup(text: str) -> Lines:
    """The lines of a figure's text. `<br>`, `<b>` and coloured `<span>` are markup; any other tag is text like the rest."""
    lines: list[list[Run]] = [[]]
    bold, colours, start = False, [""], 0
    for found in [*_MARKUP.finditer(text), None]:
        piece = text[start : found.start() if found else len(text)]
        if piece:
            lines[-1].append(Run(write_literal(html.unescape(piece)), bold, colours[-1]))
        if found is None:
            break
        start, tag = found.end(), found.group()
        if tag.startswith("<br"):
            lines.append([])
        elif tag == "</span>":
            colours = colours[:-1] or [""]
        elif tag.startswith("<span"):
            colours.append(found.group(1))
        else:
            bold = tag == "<b>"
    return tuple(tuple(line) for line in lines)


def measure_text(text: str, size: float, *, bold: bool = False) -> float:
    """The width of plain `text` in pixels at font size `size`."""
    return size * read_metrics(BOLD if bold else REGULAR).width(text)


def measure_lines(lines: Lines, size: float) -> float:
    """The width of the widest line in pixels."""
    return max(sum(measure_text(run.text, size, bold=run.bold) for run in line) for line in lines)


def cut_lines(lines: Lines, size: float, width: float) -> Lines:
    """The lines, each cut with an ellipsis to what fits into `width` pixels."""
    return tuple(_cut_line(line, size, width) for line in lines)


def _cut_line(line: tuple[Run, ...], size: float, width: float) -> tuple[Run, ...]:
    kept: list[Run] = []
    left = width
    for run in line:
        wide = measure_text(run.text, size, bold=run.bold)
        if wide > left:
            return (*kept, Run(cut_text(run.text, size, left, bold=run.bold), run.bold, run.colour))
        kept.append(run)
        left -= wide
    return tuple(kept)


def cut_text(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """`text`, or its beginning with an ellipsis, so that it fits into `width` pixels."""
    if measure_text(text, size, bold=bold) <= width:
        return text
    room = width - measure_text(ELLIPSIS, size, bold=bold)
    taken = 0
    for char in text:
        room -= measure_text(char, size, bold=bold)
        if room < 0:
            break
        taken += 1
    return text[:taken].rstrip() + ELLIPSIS
