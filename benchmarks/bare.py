"""The yardstick: a bare Dash application with constant figures, everything else as Dash comes.

One checklist, one callback for each figure; ticking the last box or not chooses between two contents of every figure.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, dcc, html
from flask import Flask

from benchmarks.measuring import wait_until_answered
from layouts.cards import GRAPH_CONFIG
from tests.serving import find_free_port, own_environment, stop

CHOICE = "choice"
BOXES = ("240", "480", "720")
WORKERS = ("--workers", "2", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "15", "--worker-tmp-dir", "/dev/shm")  # noqa: S108
Figures = Sequence[dict[str, Any]]


def build_app(all_ticked: Figures, others: Figures, sizes: Sequence[tuple[float, float]]) -> Dash:
    """The application: `all_ticked` are the figures while all boxes are ticked, `others` otherwise; `sizes` in pixels."""
    app = Dash(__name__)
    graphs = []
    for place, (figure, (width, height)) in enumerate(zip(all_ticked, sizes, strict=True)):
        style = {"width": f"{width}px", "height": f"{height}px"}
        graphs.append(html.Div(dcc.Graph(id=f"figure-{place}", figure=figure, config=GRAPH_CONFIG, responsive=True, style=style)))
        _register(app, place, figure, others[place])
    row = html.Div(graphs, style={"display": "flex", "flexWrap": "wrap"})
    app.layout = html.Div([dbc.Checklist(options=list(BOXES), value=list(BOXES), id=CHOICE), row])
    return app


def _register(app: Dash, place: int, all_ticked: dict[str, Any], other: dict[str, Any]) -> None:
    @app.callback(Output(f"figure-{place}", "figure"), Input(CHOICE, "value"), prevent_initial_call=True)
    def draw(value: list[str]) -> dict[str, Any]:
        return all_ticked if len(value) == len(BOXES) else other


def build_server(content: str) -> Flask:
    """What gunicorn serves: the application of the file `content`, which holds the arguments of `build_app` as JSON."""
    server = build_app(**json.loads(Path(content).read_text())).server
    # Dash knows its scripts only after it has written a page; a worker asked for a script before that would answer 500.
    server.test_client().get("/")
    return server


@contextmanager
def serve_bare(folder: Path, all_ticked: Figures, others: Figures, sizes: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Serve the application as the product is served: as many workers and threads, loaded before the fork; gives its address."""
    content, port = folder / "bare.json", find_free_port()
    content.write_text(json.dumps({"all_ticked": all_ticked, "others": others, "sizes": sizes}))
    # From a folder of its own: gunicorn would read the product's gunicorn.conf.py.
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--preload", *WORKERS, f"benchmarks.bare:build_server({str(content)!r})"]
    with (folder / "bare.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=own_environment(folder / "var"), stdout=output, stderr=output)
    try:
        wait_until_answered(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        stop(process)
