"""The usual words of deliveries for relation, action and outcome of an adverse event; a study definition may give its own."""

from __future__ import annotations

SEVERITY_LABEL = "Severity (mild, moderate, severe)"
RELATED = (
    "possible", "possibly", "possibly related", "probable", "probably", "probably related", "likely", "likely related", "very likely",
    "definite", "definitely", "definitely related", "certain", "related", "suspected", "yes", "y",
)  # fmt: skip
UNRELATED = (
    "unrelated", "not related", "unlikely", "unlikely related", "unlikely to be related", "remote", "doubtful", "not suspected", "none",
    "no", "n",
)  # fmt: skip
DISCONTINUED = ("drug withdrawn", "drug permanently discontinued", "drug discontinued", "treatment discontinued")
DELAYED = ("drug interrupted", "dose delayed", "drug delayed", "dose held", "dose interrupted")
FATAL = ("fatal", "death", "died")
