"""Syndromes with a grading of their own, such as the cytokine release syndrome, and the treatments given for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field

from dashboard.study.parts import Key, KeyedPart, Text


class SyndromeTreatment(KeyedPart):
    """A medication given for a syndrome; `names` are the delivery's words for it, compared without case."""

    label: Text
    names: Annotated[tuple[Text, ...], Field(min_length=1)]


class Syndrome(KeyedPart):
    """Adverse events whose term is one of `terms` (without case), graded on `scale` only."""

    label: Text
    short: Annotated[str, Field(min_length=1, max_length=12)]
    terms: Annotated[tuple[Text, ...], Field(min_length=1)]
    scale: Key
    treatments: tuple[SyndromeTreatment, ...] = ()


def validate_syndromes(syndromes: Sequence[Syndrome], scales: Collection[str]) -> None:
    """ValueError when a term belongs to two syndromes, a treatment's key repeats, or a scale does not exist."""
    terms = [term.casefold() for syndrome in syndromes for term in syndrome.terms]
    for term in terms:
        if terms.count(term) > 1:
            raise ValueError(f"safety.syndromes: the term {term} is claimed twice")
    for syndrome in syndromes:
        if syndrome.scale not in scales:
            raise ValueError(f"safety.syndromes.{syndrome.key}.scale: there is no scale “{syndrome.scale}” among safety.scales")
        keys = [treatment.key for treatment in syndrome.treatments]
        if len(set(keys)) < len(keys):
            raise ValueError(f"safety.syndromes.{syndrome.key}.treatments: a key is used twice")
