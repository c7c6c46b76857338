"""The frame of the pages that the server writes itself: they need no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboard.web.index import describe_font
from dashboard.web.static_files import StaticAssets


def build_document(assets: StaticAssets, styles: Sequence[str], title: str, body: str, head: str = "") -> str:
    """A whole HTML page. `title` is a text, `body` and `head` (what else stands in the head) are HTML, `styles` names of assets."""
    links = "".join(f'<link rel="stylesheet" href="{assets.url(name)}">' for name in styles)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}<title>{escape(title)} · Lymphotrace</title>
<style>{describe_font(assets)}</style>
{links}
</head>
<body>
{body}
</body>
</html>"""
