"""How deliveries name the cohorts of a study: one rule for the readers and for `map`."""

from __future__ import annotations

from dashboard.study.protocol import StudyProtocol


def cohort_codes(protocol: StudyProtocol) -> dict[str, str]:
    """Code in lower case to cohort key: SDTM knows cohorts by code alone."""
    return {code.casefold(): cohort.key for cohort in protocol.cohorts for code in cohort.codes}


def cohort_names(protocol: StudyProtocol) -> dict[str, str]:
    """Code, key or label in lower case to cohort key, for formats without codes; a code goes before a key, a key before a label."""
    labels = {cohort.label.casefold(): cohort.key for cohort in protocol.cohorts}
    return labels | {cohort.key.casefold(): cohort.key for cohort in protocol.cohorts} | cohort_codes(protocol)
