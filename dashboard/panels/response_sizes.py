"""The waterfall of tumour sizes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.responses import Best
from dashboard.figures.waterfall import WaterfallSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, Words, describe_people, describe_scene
from dashboard.panels.response import describe_absence, find_nothing, list_best
from dashboard.response import find_all_sizes, find_best, find_infused
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

NO_SIZES = "No change of tumour size is recorded in this selection."


@dataclass(frozen=True)
class Drawn:
    """The sizes of the whole data cut as they are drawn, largest rise first: participant, cohort, best response, change, and words."""

    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    response: Ints = field(repr=False)
    change: Floats = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


def summarise_size_panel(scene: Scene, subject: str = "") -> WaterfallSummary:
    """The best change of each participant infused that has one, largest rise first, with its best response."""
    response = scene.protocol.response
    if response is None or find_nothing(scene):
        return _empty(scene, find_nothing(scene))
    best = list_best(response)
    drawn = scene.of_cut("drawn sizes", lambda: _draw_sizes(scene, best))
    infused = find_infused(scene)
    places = np.flatnonzero(infused[drawn.person])
    if not len(places):
        return _empty(scene, NO_SIZES)
    outside = int(infused.sum()) - len(places)
    return WaterfallSummary(
        change=drawn.change[places],
        response=drawn.response[places],
        participant=drawn.person[places],
        hover=tuple(drawn.words[place] for place in places.tolist()),
        best=best,
        header=("Group", "With a size", "Smaller", "Not smaller", "Median change, %", "Lowest and highest, %"),
        cells=_cells(scene, drawn.cohort[places], drawn.change[places]),
        left_out={"no change of tumour size recorded": outside} if outside else {},
        nothing="",
        synthetic=scene.snapshot.synthetic,
    )


def _draw_sizes(scene: Scene, best: tuple[Best, ...]) -> Drawn:
    sizes, places = find_all_sizes(scene), {each.key: place for place, each in enumerate(best)}
    people = sizes["participant_index"].to_numpy(dtype=np.int64)
    responses = np.array([places[key] for key in find_best(scene)["best"].to_numpy()[people]], dtype=np.int64)
    words = (_hover(row, best[place].label) for row, place in zip(sizes.to_dict("records"), responses.tolist(), strict=True))
    change = sizes["change"].to_numpy(dtype=np.float64)
    return Drawn(people, scene.cohort_positions[people], responses, change, tuple(words))


def _hover(row: Mapping[Hashable, Any], label: str) -> str:
    best_of = f" (lowest of {row['assessments']})" if row["assessments"] > 1 else ""
    return f"{row['participant']}: {_sign(row['change'])} % on day {row['day']}{best_of}; best response {label}"


def _empty(scene: Scene, nothing: str) -> WaterfallSummary:
    none = np.empty(0)
    return WaterfallSummary(none, none.astype(int), none.astype(int), (), (), (), (), {}, nothing, scene.snapshot.synthetic)


def _cells(scene: Scene, cohorts: Ints, change: Floats) -> tuple[tuple[str, ...], ...]:
    protocol = scene.protocol
    groups = [(key, protocol.cohort(key).label) for key in scene.view.cohorts(protocol)]
    listed = [(key, label, change[cohorts == protocol.cohort_keys.index(key)]) for key, label in groups]
    return tuple(_row(*group) for group in [*listed, (ALL_COHORTS, "All shown", change)])


def _row(key: str, label: str, change: Floats) -> tuple[str, ...]:
    counts = {"n": len(change), "smaller": int((change < 0).sum()), "not-smaller": int((change >= 0).sum())}
    links = (link_cell(str(n), encode_cell("sizes", name, key)) for name, n in counts.items())
    if not len(change):
        return (label, *links, "–", "–")
    return (label, *links, _sign(float(np.median(change))), f"{_sign(float(change.min()))} to {_sign(float(change.max()))}")


def _sign(percent: float) -> str:
    return f"{percent:.0f}".replace("-", "−")


def describe_sizes(summary: WaterfallSummary, scene: Scene) -> Words:
    """What a bar is, and who has none."""
    if summary.nothing:
        return describe_absence(summary.nothing, scene)
    caption = (
        f"Each bar is a participant: the lowest delivered change of tumour size after the {scene.protocol.study.day_zero}, in percent of "
        f"the size before it, coloured by best response. A click opens the participant. {describe_scene(scene)}"
    )
    shown = f"{count_words(len(summary.change), 'participant')} with a size"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, summary.header, summary.cells)
