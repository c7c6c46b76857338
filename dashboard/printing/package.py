"""The package of a document: the same pages as one HTML file and as one PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.printing.document import Document
from dashboard.printing.laid_out import lay_out
from dashboard.printing.pdf import write_pdf
from dashboard.printing.web_page import write_web_page

# What hears of the progress: a sentence, and the share that is done, from 0 to 1.
Progress = Callable[[str, float], None]
# The share of the work that lies in drawing; the rest is setting the pages of the PDF.
DRAWING = 0.4


@dataclass(frozen=True)
class Package:
    """The two files of a package."""

    html: bytes
    pdf: bytes


def write_package(document: Document, tell: Progress = lambda words, share: None) -> Package:
    """Both files of `document`. Equal documents give equal bytes; no clock, network, browser or file of the machine has a part in it."""
    items = lay_out(document, lambda done, n: tell(f"figure {done} of {n} drawn", DRAWING * done / n))
    html = write_web_page(document.about, items)
    tell("the pages are being set", DRAWING)
    pdf = write_pdf(document.about, items)
    tell("the package is ready", 1.0)
    return Package(html, pdf)
