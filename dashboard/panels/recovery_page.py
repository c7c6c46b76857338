"""The panels of recovery, which follow the trajectories of a study whose definition says what recovery is."""

from __future__ import annotations

from dashboard.figures.aplasia import draw_aplasia
from dashboard.figures.survival_curves import draw_curves
from dashboard.panels.panel import Panel
from dashboard.panels.recovery import (
    describe_aplasia,
    describe_recovery,
    name_aplasia,
    name_recovery,
    summarise_aplasia_panel,
    summarise_recovery_panel,
)
from dashboard.recovery import list_aplasia, list_levels

RECOVERY_PANELS: tuple[Panel, ...] = (
    Panel(
        "recovery-aplasia",
        "trajectories",
        name_aplasia,
        summarise_aplasia_panel,
        draw_aplasia,
        describe_aplasia,
        ("aplasia",),
        subjects=list_aplasia,
    ),
    Panel(
        "recovery",
        "trajectories",
        name_recovery,
        summarise_recovery_panel,
        lambda summary: draw_curves(summary.figure),
        describe_recovery,
        ("recovery",),
        subjects=list_levels,
    ),
)
