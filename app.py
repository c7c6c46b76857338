"""The application that gunicorn serves: settings → application → server."""

import os

from dashboard.factory import create_app, open_repository
from dashboard.settings import read_settings

settings = read_settings(os.environ)
repository = open_repository(settings)
app = create_app(settings, repository)
server = app.server
