"""A browser for tests: where it is, how it is started, and what it must not do behind the reader's back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Response

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a sandbox because tests may run as root; without background traffic because a test must not use the network.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A page that is left while it loads something cancels that; nothing failed.
CANCELLED = "net::ERR_ABORTED"


def find_chromium() -> Path:
    """Path of the browser named by CHROMIUM, else of the first one on the path; fails when there is none."""
    wanted = os.environ.get("CHROMIUM")
    for name in [wanted] if wanted else NAMES:
        if found := shutil.which(name):
            return Path(found)
    pytest.fail("the browser tests need Chromium: install the package “chromium” or set CHROMIUM to its path")


class Watch:
    """Writes down everything a reader's browser would complain about, and every request to another server."""

    def __init__(self, page: Page, url: str) -> None:
        self.origin = _origin(url)
        self.findings: list[str] = []
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.findings.append(f"script error: {error}"))
        page.on("request", self._note_request)
        page.on("requestfailed", self._note_failure)
        page.on("response", self._note_response)
        page.watch = self
        page.assert_clean = self.assert_clean

    def assert_clean(self) -> None:
        """Fail with everything that was noted since the page was opened."""
        assert not self.findings, "the browser noted:\n" + "\n".join(self.findings)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.findings.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", "about:")) and _origin(request.url) != self.origin:
            self.findings.append(f"request to another server: {request.url}")

    def _note_failure(self, request: Request) -> None:
        if request.failure != CANCELLED:
            self.findings.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.findings.append(f"answer {response.status}: {response.request.method} {response.url}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
