"""Safety: adverse events, laboratory grades, dose escalation and exposure."""
