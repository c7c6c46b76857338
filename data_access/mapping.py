"""`python -m dashboard map`: what of a delivery the study definition maps, what it does not, and the lines it lacks."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.study.protocol import StudyProtocol
from data_access.mapping_proposal import explain_tests, propose_lines
from data_access.mapping_values import derive_mapping, describe_values
from data_access.text_tables import TextTable


def describe_mapping(protocol: StudyProtocol, tables: Sequence[TextTable]) -> str:
    """The mapping of a delivery (its files as read, before any check of their content) as text, then the proposed lines as TOML.

    Names no participant and no date. What follows the line `# Proposed …` (or `# Nothing …`) is TOML that can be read by itself.
    """
    mapping = derive_mapping(protocol, tables)
    return f"{describe_values(mapping, explain_tests(protocol, mapping))}\n\n{propose_lines(protocol, mapping)}"
