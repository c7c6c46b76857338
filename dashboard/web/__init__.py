"""The web server around Dash: static files, security headers, health."""
