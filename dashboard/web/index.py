"""The HTML around the application: hashed local assets, preloads, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from dashboard.web.static_files import StaticAssets

FONT = "vendor/inter-subset.woff2"
PLOTLY = "vendor/plotly-cartesian.min.js"
STYLES = ("tokens.css", "layout.css", "components.css", "deliver.css", "saved.css", "meeting.css", "print.css")
EARLY_SCRIPTS = ("markup.js", "sight.js", "patience.js", "guard.js")
SCRIPTS = (
    "stamps.js", "actions.js", "grid.js", "build.js", "deliver.js", "snapshots.js", "packages.js", "tables.js", "folds.js", "saved.js",
    "drop.js", "meeting.js",
)  # fmt: skip


GRID_SCRIPT = re.compile(r'<script src="/_dash-component-suites/dash_ag_grid/[^"]*"></script>\s*')
# What it mends, browsers have had since 2018; its way to trim a text alone costs three milliseconds for each figure. The one thing that
# Dash's scripts need of it, `regeneratorRuntime`, the script of dash-bootstrap-components brings too.
POLYFILL_SCRIPT = re.compile(r'<script src="/_dash-component-suites/dash/deps/polyfill[^"]*"></script>\s*')


def describe_font(assets: StaticAssets) -> str:
    """The style that names the product's own font."""
    source = f'url("{assets.url(FONT)}") format("woff2")'
    return f'@font-face {{ font-family: "Inter"; src: {source}; font-weight: 400 700; font-display: swap; }}'


def build_index(assets: StaticAssets, parts: Mapping[str, str], with_grid: bool) -> str:
    """The page that starts the application. `parts` are Dash's own pieces of HTML by name.

    The grid's script weighs as much as the rest together; it is loaded only `with_grid`, on the page that has one.
    """
    modern = POLYFILL_SCRIPT.sub("", parts["scripts"])
    scripts = modern if with_grid else GRID_SCRIPT.sub("", modern)
    styles = "".join(f'<link rel="stylesheet" href="{assets.url(name)}">' for name in STYLES)
    early = "".join(f'<script src="{assets.url(name)}"></script>' for name in EARLY_SCRIPTS)
    late = "".join(f'<script src="{assets.url(name)}"></script>' for name in (PLOTLY, *SCRIPTS))
    # Browsers ask for the icon again at every change of the address, so it comes with the page.
    icon = f"data:image/svg+xml,{quote(assets.icon)}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{parts["title"]}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="preload" href="{assets.url(FONT)}" as="font" type="font/woff2" crossorigin>
<link rel="preload" href="{assets.url(PLOTLY)}" as="script">
<style>{describe_font(assets)}</style>
{styles}{parts["css"]}{early}
</head>
<body>
<noscript>Lymphotrace draws its figures in the browser and needs JavaScript.</noscript>
{parts["app_entry"]}
<footer>{late}{parts["config"]}{scripts}{parts["renderer"]}</footer>
</body>
</html>"""
