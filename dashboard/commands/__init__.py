"""What each command of `dashboard.cli` takes and does. A command imports what it alone needs when it runs."""
