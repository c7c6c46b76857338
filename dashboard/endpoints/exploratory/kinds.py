"""Which findings are of a kind that has a figure of its own."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS
from dashboard.endpoints.exploratory.titre_summaries import find_autoantibodies


def find_scores(changes: pd.DataFrame) -> Flags:
    """Flags of the changes (of `derive_finding_changes`) that are scores of questionnaires: numbers of domain QS."""
    flags: Flags = ((changes["domain"] == "QS") & (changes["scale"] == "number")).to_numpy(dtype=bool)
    return flags


def find_shown_elsewhere(changes: pd.DataFrame) -> Flags:
    """Flags of the changes that are concentrations, antibodies to the drug, titres of autoantibodies or questionnaire scores."""
    drug = (changes["domain"] == "PC") | ((changes["domain"] == "IS") & changes["test"].str.upper().isin(list(ADA_TESTS)))
    titres: Flags = find_autoantibodies(changes) & (changes["scale"] == "titre").to_numpy(dtype=bool)
    flags: Flags = drug.to_numpy(dtype=bool) | titres | find_scores(changes)
    return flags
