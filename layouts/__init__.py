"""What stands on a page: pure functions from protocol, view and prepared content to components. No frame, no query."""
