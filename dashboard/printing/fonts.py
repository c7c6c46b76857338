"""The fonts that are shipped: which characters they have, and how wide a text is."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = "inter-regular.ttf", "inter-bold.ttf"
# What a character that the font does not have takes, in em; the reader's own font will draw it.
UNKNOWN_WIDTH = 1.0


@dataclass(frozen=True)
class Metrics:
    """Advance widths in em by code point."""

    widths: dict[int, float]

    def width(self, text: str) -> float:
        """The width of `text` in em, without kerning."""
        return sum(self.widths.get(ord(char), UNKNOWN_WIDTH) for char in text)


@cache
def read_metrics(name: str = REGULAR) -> Metrics:
    """The metrics of a shipped TrueType font, read once."""
    font = (FONTS / name).read_bytes()
    tables = _tables(font)
    per_em = struct.unpack_from(">H", font, tables["head"] + 18)[0]
    n_widths = struct.unpack_from(">H", font, tables["hhea"] + 34)[0]
    advances = [struct.unpack_from(">H", font, tables["hmtx"] + 4 * glyph)[0] / per_em for glyph in range(n_widths)]
    return Metrics({char: advances[min(glyph, n_widths - 1)] for char, glyph in _glyphs(font, tables["cmap"]).items()})


def _tables(font: bytes) -> dict[str, int]:
    n_tables = struct.unpack_from(">H", font, 4)[0]
    records = [struct.unpack_from(">4sLLL", font, 12 + 16 * place) for place in range(n_tables)]
    return {tag.decode("ascii"): offset for tag, _, offset, _ in records}


def _glyphs(font: bytes, cmap: int) -> dict[int, int]:
    """Code point to glyph, from the subtable of format 4 (OpenType specification, `cmap`)."""
    n_tables = struct.unpack_from(">H", font, cmap + 2)[0]
    offsets = [cmap + struct.unpack_from(">L", font, cmap + 8 + 8 * place)[0] for place in range(n_tables)]
    table = next(offset for offset in offsets if struct.unpack_from(">H", font, offset)[0] == 4)
    n = struct.unpack_from(">H", font, table + 6)[0] // 2
    ends = struct.unpack_from(f">{n}H", font, table + 14)
    starts = struct.unpack_from(f">{n}H", font, table + 16 + 2 * n)
    deltas = struct.unpack_from(f">{n}H", font, table + 16 + 4 * n)
    ranges = table + 16 + 6 * n
    found: dict[int, int] = {}
    for segment, (start, end, delta) in enumerate(zip(starts, ends, deltas, strict=True)):
        place = ranges + 2 * segment
        shift = struct.unpack_from(">H", font, place)[0]
        for char in range(start, min(end, 0xFFFE) + 1):
            glyph = struct.unpack_from(">H", font, place + shift + 2 * (char - start))[0] if shift else char
            if glyph:
                found[char] = (glyph + delta) % 0x10000
    return {char: glyph for char, glyph in found.items() if glyph}
