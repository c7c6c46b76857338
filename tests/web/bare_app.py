"""The smallest Dash app behind the product's web layer, for tests of that layer alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, dcc, html
from werkzeug.serving import make_server

from dashboard.settings import Settings
from dashboard.web.headers import register_security_headers
from dashboard.web.static_files import StaticAssets, register_static_files

ASSETS = Path(__file__).parent.parent.parent / "assets"
BUNDLE, FONT = "vendor/plotly-cartesian.min.js", "vendor/inter-subset.woff2"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>{{%metas%}}<title>{{%title%}}</title>
<style>@font-face {{ font-family: Inter; src: url("{font}"); }} body {{ font-family: Inter; }}</style>
<script src="{bundle}"></script></head>
<body>{{%app_entry%}}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body>
</html>"""


def build_app(var: Path, assets_folder: Path = ASSETS) -> tuple[Dash, StaticAssets]:
    """A Dash app with a bar chart, one callback in the browser, and the static layer and headers of the product."""
    app = Dash("bare", assets_folder=str(assets_folder), assets_ignore=".*", use_async=False, update_title="")
    assets = register_static_files(app.server, Settings(var=var), assets_folder)
    register_security_headers(app.server, app.csp_hashes)
    if BUNDLE in assets.names:
        app.index_string = PAGE.format(font=assets.url(FONT), bundle=assets.url(BUNDLE))
    figure = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}], "layout": {"title": {"text": "→ 200 cells/µL ≥"}}}
    app.layout = html.Main(
        [html.H1("Bare"), dcc.Graph(id="chart", figure=figure, config={"displayModeBar": False}), dbc.Input(id="word"), html.P(id="echo")]
    )
    app.clientside_callback("word => `said: ${word || 'nothing'}`", Output("echo", "children"), Input("word", "value"))
    return app, assets


@contextmanager
def on_a_port(app: Dash) -> Iterator[str]:
    """Serve `app` on a free port from a thread; gives its address."""
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
