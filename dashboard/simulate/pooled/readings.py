"""Figures read back from finished SDTM domains: what `targets` compares with what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

Domains = Mapping[str, pd.DataFrame]


def count_people(domains: Domains, column: str) -> dict[str, int]:
    """Participants by the value of a column of DM."""
    return _count(domains["DM"][column])


def count_qualifier(domains: Domains, name: str) -> dict[str, int]:
    """Participants by the value of a qualifier of DM (SUPPDM)."""
    return _count(_qualifier(domains, name))


def measure_qualifier(domains: Domains, name: str) -> pd.Series:
    """The numbers of a qualifier of DM."""
    return _qualifier(domains, name).astype(float)


def count_results(domains: Domains, test: str) -> dict[str, int]:
    """Results of a test of RS."""
    return _count(domains["RS"].loc[domains["RS"]["RSTESTCD"] == test, "RSORRES"])


def count_grades(domains: Domains, word: str) -> dict[str, int]:
    """Participants by the worst grade of the events whose term holds `word`."""
    events = domains["AE"][domains["AE"]["AEDECOD"].str.contains(word, regex=False)]
    return _count(events.groupby("USUBJID")["AETOXGR"].max())


def count_events(domains: Domains, term: str) -> int:
    """Participants with a record of DS under this term."""
    return int(domains["DS"].loc[domains["DS"]["DSDECOD"] == term, "USUBJID"].nunique())


def measure_days(domains: Domains, term: str) -> pd.Series:
    """Days from infusion to the first record of DS under this term, by participant."""
    records = domains["DS"][domains["DS"]["DSDECOD"] == term]
    return _days(records["DSSTDY"]).groupby(records["USUBJID"]).min()


def measure_observed(domains: Domains, events: Sequence[str]) -> pd.Series:
    """Days from infusion to the first of `events`, else to the last contact, by participant: times observed, with or without event."""
    records = domains["DS"][domains["DS"]["DSDECOD"].isin([*events, "LAST CONTACT"])]
    return _days(records["DSSTDY"]).groupby(records["USUBJID"]).min()


def count_days(domains: Domains, first: date, last: date) -> int:
    """Infusions before `first` or after `last`."""
    days = domains["EX"]["EXSTDTC"].str[:10]
    return int((~days.between(first.isoformat(), last.isoformat())).sum())


def _qualifier(domains: Domains, name: str) -> pd.Series:
    return domains["SUPPDM"].loc[domains["SUPPDM"]["QNAM"] == name, "QVAL"]


def _days(study_days: pd.Series) -> pd.Series:
    """Days since infusion of CDISC study days, which know no 0."""
    numbers = study_days.astype(int)
    return (numbers - (numbers > 0)).astype(float)


def _count(values: pd.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in values.value_counts().items()}
