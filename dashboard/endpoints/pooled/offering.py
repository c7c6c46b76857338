"""Whether a data cut has what the pages of response, survival and exploratory findings show."""

from __future__ import annotations

import pandas as pd

from dashboard.study.pooled import SIZES
from dashboard.study.protocol import StudyProtocol


def has_responses(findings: pd.DataFrame, protocol: StudyProtocol) -> bool:
    """Whether the rows of `finding` hold a response, at best or at an assessment, as the definition names them."""
    rules = protocol.response
    if rules is None:
        return False
    tests = [test for test in (rules.test, rules.assessment_test) if test]
    return bool(((findings["domain"] == rules.domain) & findings["test"].isin(tests)).any())


def has_explored(findings: pd.DataFrame, protocol: StudyProtocol) -> bool:
    """Whether the rows of `finding` hold anything beside the responses and tumour sizes that the definition names as such."""
    rules = protocol.response
    if rules is None:
        return not findings.empty
    tests = [test for test in (rules.test, rules.assessment_test) if test]
    of_response = (findings["domain"] == rules.domain) & findings["test"].isin(tests)
    of_size = (findings["test"] == rules.size_test) & findings["domain"].isin([rules.domain, SIZES])
    return bool((~of_response & ~of_size).any())


def has_courses(milestones: pd.DataFrame, times: pd.DataFrame, protocol: StudyProtocol) -> bool:
    """Whether the rows of `milestone` or of `time_to_event` hold an event or a time that the definition names."""
    rules = protocol.survival
    if rules is None:
        return False
    terms = [code.casefold() for milestone in rules.milestones for code in milestone.codes]
    named = milestones["term"].str.casefold().isin(terms) | milestones["reported_term"].str.casefold().isin(terms)
    return bool(named.any() or times["parameter"].isin([endpoint.parameter for endpoint in rules.endpoints if endpoint.parameter]).any())
