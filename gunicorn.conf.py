"""How gunicorn serves the product. `PORT`, `HOST` and `LOG_LEVEL` come from the settings, `WEB_CONCURRENCY` from gunicorn."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

# gunicorn reads this file before it puts the working folder on the path.
sys.path.insert(0, str(Path(__file__).parent))

from dashboard.errors import SettingsError
from dashboard.logs import describe_json_logging
from dashboard.settings import read_settings

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

# Only the pages thresholds and survival need them and they take a second to import: not before the first page, but before most readers
# get there.
SLOW_IMPORTS = ("scipy.stats", "statsmodels.duration.survfunc")
SECONDS_BEFORE_SLOW_IMPORTS = 3
# How many new objects the collector waits for, usually 700. A view makes tens of thousands that are gone when it is answered.
OBJECTS_BEFORE_COLLECTING = 5_000

try:
    _settings = read_settings(os.environ)
except SettingsError as error:
    sys.exit(f"The server does not start:\n{error}")

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# gunicorn's threads, with our own words for what is refused before the application sees it.
worker_class = "dashboard.web.worker.Worker"
threads = 4
# The worker sends what a slow client has not taken yet; the system's own way would bypass it.
sendfile = False
# Loading before the fork shares memory between workers and lets Dash finish its set-up before the first request.
preload_app = True
timeout = 60
graceful_timeout = 30
# Longer than the pause between two clicks of a reader, so that a filter change does not pay for a new connection.
keepalive = 15
max_requests = 2000
max_requests_jitter = 200
# Heartbeat files on a disk can block a worker; memory cannot.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The control socket in the home folder is a way in that nobody here uses.
control_socket_disable = True
# No access log: addresses carry the reader's selection, and a log must not.
accesslog = None
loglevel = _settings.log_level
if _settings.log_lines == "json":
    logconfig_dict = describe_json_logging(_settings.log_level)


def when_ready(server: Arbiter) -> None:
    """Before the first worker starts: compress the static files, let go of the database, tidy memory, then say where the product is."""
    from app import repository
    from dashboard.web.static_files import precompress

    precompress(server.app.wsgi())
    # A connection that two processes inherit breaks both.
    repository.engine.dispose()
    _spare_what_stays()
    sys.stdout.write(f"Lymphotrace: http://{bind}\n")
    sys.stdout.flush()


def post_worker_init(worker: Worker) -> None:
    """In each worker, a little later and beside its requests: import what is slow to import."""
    timer = Timer(SECONDS_BEFORE_SLOW_IMPORTS, _import_late)
    timer.daemon = True
    timer.start()


def _import_late() -> None:
    for name in SLOW_IMPORTS:
        import_module(name)
    _spare_what_stays()


def _spare_what_stays() -> None:
    """What is loaded by now is never thrown away: the collector, which would look at all of it every few views, need not."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTING)
