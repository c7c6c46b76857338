"""Drug concentrations of one participant over the shared time axis, with the highest of each dose named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import INK, PAPER, QUIET, Trace, escape, note, pack

WEEK = 7


@dataclass(frozen=True)
class Profile:
    """Concentrations of one assay by day; `in_lane` lies below the limit (at `lane_value` on a log axis). `peak` of each dose that has
    one; `peak_sampled`: sampling began soon enough after the dose to call it Cmax."""

    label: str
    unit: str
    day: np.ndarray
    value: np.ndarray
    in_lane: np.ndarray
    lane_value: np.ndarray
    words: tuple[str, ...]
    timepoints: tuple[str, ...]
    peak_day: np.ndarray
    peak: np.ndarray
    peak_dose: tuple[int, ...]
    peak_sampled: tuple[bool, ...]


def place_concentrations(profile: Profile, log: bool) -> np.ndarray:
    """Where each sample stands: its value; on a log axis what is below the limit, or zero, in a lane of its own."""
    return np.where(profile.in_lane, profile.lane_value, profile.value) if log else profile.value


def draw_profile(profile: Profile, y: str, log: bool) -> Trace:
    """Samples joined by a thin line; open triangles below the limit."""
    about = [
        f"{text} {profile.unit}{f', {point.lower()}' if point else ''}"
        for text, point in zip(profile.words, profile.timepoints, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(profile.label),
        "yaxis": y,
        "x": pack(profile.day / WEEK),
        "y": pack(place_concentrations(profile, log)),
        "line": {"color": QUIET, "width": 1},
        "marker": {
            "symbol": np.where(profile.in_lane, "triangle-down-open", "circle").tolist(),
            "size": 5,
            "color": INK,
            "line": {"color": PAPER, "width": 0},
        },
        "customdata": pack(profile.day),
        "hovertext": [escape(text) for text in about],
        "hovertemplate": f"<b>{escape(profile.label)}</b><br>day %{{customdata:.1f}}: %{{hovertext}}<extra></extra>",
    }


def peak_notes(profile: Profile, y: str, log: bool) -> list[dict[str, object]]:
    """The highest concentration of each dose: Cmax; in parentheses where sampling began too late for it."""
    forms = ["{}" if sampled else "({})" for sampled in profile.peak_sampled]
    levels = np.log10(np.where(profile.peak > 0, profile.peak, np.nan)) if log else profile.peak
    return [
        note(
            form.format(f"{peak:.3g}"),
            x=day / WEEK,
            y=float(level),
            yref=y,
            xanchor="left",
            xshift=5,
            yanchor="middle",
            hovertext=f"dose {dose}: {peak:.4g} {escape(profile.unit)}" + ("" if sampled else "; sampled too late for Cmax"),
        )
        for form, peak, level, day, dose, sampled in zip(
            forms, profile.peak, levels, profile.peak_day, profile.peak_dose, profile.peak_sampled, strict=True
        )
        if np.isfinite(level) and np.isfinite(day)
    ]
