"""The package of a review: the page's sections as a document to print, made once per view and kept in the folder VAR."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard import __version__
from dashboard.errors import StorageError
from dashboard.interim import Listing, Section, choose_lock, compose_review, describe_lock
from dashboard.panels import PANELS
from dashboard.panels.describe import describe_cut
from dashboard.printing import document
from dashboard.printing.document import About, Document
from dashboard.printing.package import write_package
from dashboard.rendering import PanelContent, render_panel
from dashboard.scene import Scene
from dashboard.view.words import describe_selection
from dashboard.workspace import Workspace

KINDS = ("pdf", "html")
# Packages of so many views are kept; the oldest go first.
MOST_KEPT = 20


@dataclass(frozen=True)
class Progress:
    """How far a package is: the words for it, the share that is done (0 to 1), and whether it can be fetched."""

    words: str
    share: float
    made: bool


def compose_package(workspace: Workspace, scene: Scene, address: str) -> Document:
    """The review of `scene`, which is locked first when it is not, as a document; `address` is where its page stands."""
    locked = workspace.scene(scene.protocol, choose_lock(scene.protocol, scene.view))
    sections = tuple(_print_section(workspace, locked, section) for section in compose_review(locked))
    return Document(_describe(locked, address), sections)


def _describe(scene: Scene, address: str) -> About:
    study, cut = scene.protocol.study, scene.snapshot
    facts = (
        ("Study", f"{study.registry_id}: {study.title}"),
        ("Data cut", describe_cut(scene).removeprefix("Data cut ")),
        ("Content (SHA-256)", cut.content_hash),
        ("Records", describe_lock(scene)),
        ("Selection", f"{describe_selection(scene.view, scene.protocol)}; n = {scene.n} of {len(scene.analysis.participants)}"),
        ("View", f"{scene.fingerprint}: who reads out the same eight characters sees the same numbers"),
        ("Address", address),
        ("Program", f"Lymphotrace {__version__}. Not validated software; it must not be the only source of a clinical decision"),
    )
    return About(
        title=f"{study.short_title}: review {scene.protocol.period(scene.view.until).label}",
        study=f"{study.registry_id} {study.short_title}",
        cut=f"{cut.label or 'data cut'}, {cut.cut_date.isoformat()}, {cut.cut}",
        fingerprint=scene.fingerprint,
        made_on=cut.cut_date,
        synthetic=cut.synthetic,
        facts=facts,
        address=address,
    )


def _print_section(workspace: Workspace, scene: Scene, section: Section) -> document.Section:
    listings = tuple(_print_listing(listing) for listing in section.listings)
    panels = tuple(_print_panel(render_panel(workspace, scene, PANELS[key], subject)) for key, subject in section.panels)
    return document.Section(section.title, (), (*listings, *panels))


def _print_panel(content: PanelContent) -> document.Section:
    """A panel that failed makes the package fail: paper has no second look."""
    if content.failure:
        raise StorageError(f"the package was not made: {content.title} could not be computed (reference {content.failure})")
    return document.section_of_panel(content)


def _print_listing(listing: Listing) -> document.Section:
    parts: list[document.Part] = []
    if listing.rows:
        parts.append(document.Table(listing.title, listing.header, listing.rows))
    elif listing.header:
        parts.append(document.Sentence("None."))
    if listing.sentence:
        parts.append(document.Sentence(listing.sentence))
    return document.Section(listing.title, tuple(parts))


class PackageShelf:
    """The packages made, as files named by what they hold; safe for several processes. They hold data, so only the server reads them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, scene: Scene, address: str, kind: str, make: Callable[[], Document]) -> bytes:
        """The file of `kind`; made from the document of `make` when it is not there. StorageError when it cannot be kept or made.

        Who asks while somebody else's request makes it waits for that one.
        """
        name = self._name(scene, address)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked(name):
                if not self._path(name, kind).is_file():
                    self._make(name, make)
                return self._path(name, kind).read_bytes()
        except OSError as error:
            raise StorageError(f"the package cannot be kept: {error.strerror}") from error

    def look(self, scene: Scene, address: str) -> Progress:
        """How far the package of a view is."""
        name = self._name(scene, address)
        if all(self._path(name, kind).is_file() for kind in KINDS):
            return Progress("the package is ready", 1.0, True)
        try:
            return Progress(**json.loads(self._path(name, "json").read_text()), made=False)
        except FileNotFoundError:
            return Progress("not begun", 0.0, False)

    def _make(self, name: str, make: Callable[[], Document]) -> None:
        try:
            self._tell(name, "the numbers are being computed", 0.0)
            package = write_package(make(), lambda words, share: self._tell(name, words, share))
            for kind, content in zip(KINDS, (package.pdf, package.html), strict=True):
                self._write(self._path(name, kind), content)
        finally:
            self._path(name, "json").unlink(missing_ok=True)
        self._forget_oldest()

    def _tell(self, name: str, words: str, share: float) -> None:
        self._write(self._path(name, "json"), json.dumps({"words": words, "share": share}).encode())

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all: a reader never finds half a file."""
        new = path.with_suffix(f"{path.suffix}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.replace(path)

    def _forget_oldest(self) -> None:
        made = sorted(self._folder.glob("*.pdf"), key=lambda path: path.stat().st_mtime)
        for old in made[:-MOST_KEPT]:
            for kind in (*KINDS, "lock"):
                old.with_suffix(f".{kind}").unlink(missing_ok=True)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with self._path(name, "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _path(self, name: str, kind: str) -> Path:
        return self._folder / f"{name}.{kind}"

    @staticmethod
    def _name(scene: Scene, address: str) -> str:
        # It says what changed since other data cuts, and which were withdrawn: readers who know of different ones never share a file.
        others = [cut.content_hash for cut in scene.archive.published()]
        others += [f"{cut.content_hash} {cut.withdrawn_reason}" for cut in scene.archive.withdrawn()]
        parts = (scene.protocol.key, scene.snapshot.content_hash, scene.query, scene.code, address, scene.snapshot.label, *others)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
