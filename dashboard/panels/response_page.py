"""The panels of the response page, in the order they stand."""

from __future__ import annotations

from dashboard.figures.forest import draw_forest
from dashboard.figures.responses import draw_best, draw_rates
from dashboard.figures.swimmer import draw_courses
from dashboard.figures.waterfall import draw_waterfall
from dashboard.panels.panel import Panel, plain_title
from dashboard.panels.response import describe_best, describe_rates, summarise_best_panel, summarise_rate_panel
from dashboard.panels.response_courses import describe_courses, summarise_course_panel
from dashboard.panels.response_forest import (
    describe_comparison,
    describe_forest,
    summarise_comparison_panel,
    summarise_forest_panel,
)
from dashboard.panels.response_sizes import describe_sizes, summarise_size_panel

RESPONSE_PANELS: tuple[Panel, ...] = (
    Panel(
        "response-rates",
        "response",
        plain_title("Response rates by group"),
        summarise_rate_panel,
        draw_rates,
        describe_rates,
        ("response-summary", "response"),
        rows=lambda summary: len(summary.rows),
    ),
    Panel(
        "response-forest",
        "response",
        plain_title("Response rates by trial and pooled"),
        summarise_forest_panel,
        draw_forest,
        describe_forest,
        ("response-pooled", "response"),
        rows=lambda summary: sum(len(facet.rows) for facet in summary.facets),
    ),
    Panel(
        "response-comparison",
        "response",
        plain_title("One group against the others, by trial and pooled"),
        summarise_comparison_panel,
        draw_forest,
        describe_comparison,
        ("response-comparison", "response"),
        rows=lambda summary: sum(len(facet.rows) for facet in summary.facets),
    ),
    Panel(
        "response-best",
        "response",
        plain_title("Best response by group"),
        summarise_best_panel,
        draw_best,
        describe_best,
        ("response-summary", "response"),
        rows=lambda summary: len(summary.rows),
    ),
    Panel(
        "response-sizes",
        "response",
        plain_title("Best change of tumour size by participant"),
        summarise_size_panel,
        draw_waterfall,
        describe_sizes,
        ("response",),
    ),
    Panel(
        "response-courses",
        "response",
        plain_title("Course of each participant since the infusion"),
        summarise_course_panel,
        draw_courses,
        describe_courses,
        ("response",),
        rows=lambda summary: len(summary.rows),
    ),
)
