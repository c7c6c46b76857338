"""Sets the pages of a PDF in a process of its own: what a long document takes of memory is given back when it is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any, Literal

import typst

from dashboard.printing.fonts import FONTS

TEMPLATE = FONTS.parent / "template.typ"
# Accessible PDF (PDF/UA-1): structure, title, language and a text for each figure are required, or nothing is written.
STANDARD: Literal["ua-1"] = "ua-1"
ROOT = FONTS.parents[2]
# A page that is shown to a reader goes before one that is printed.
NICE = 5


def typeset(data: dict[str, Any]) -> bytes:
    """The PDF of `data` (see `pdf.write_pdf`), set by a child process; RuntimeError with its message when it fails."""
    # The environment has no part in what is printed.
    command = [sys.executable, "-m", "dashboard.printing.typeset"]
    done = subprocess.run(command, input=json.dumps(data).encode("ascii"), capture_output=True, cwd=ROOT, env={}, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"the PDF could not be set: {done.stderr.decode('utf-8', 'replace').strip()[-2000:]}")
    return done.stdout


def set_pages(data: str, made_on: datetime) -> bytes:
    """The PDF of a document in JSON as the template reads it, dated `made_on`."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    compiler = typst.Compiler(TEMPLATE.read_bytes(), root=str(FONTS), font_paths=fonts, sys_inputs={"document": data})
    written = compiler.compile(format="pdf", timestamp=made_on, pdf_standards=STANDARD)
    if not isinstance(written, bytes):
        raise TypeError("the PDF was not written in one piece")
    return written


def main() -> None:
    """Read a document from standard input and write its PDF to standard output."""
    os.nice(NICE)
    data = sys.stdin.buffer.read().decode("ascii")
    year, month, day = json.loads(data)["made_on"]
    sys.stdout.buffer.write(set_pages(data, datetime(year, month, day, tzinfo=UTC)))


if __name__ == "__main__":
    main()
