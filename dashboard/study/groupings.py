"""Pooled studies as data: the member trials, and further ways to split the participants than by cohort."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from dashboard.study.identity import Cohort, ColumnName
from dashboard.study.parts import Key, KeyedPart, Text

# The category of participants without a value; the code adds it where somebody is in it.
NOT_REPORTED = "not-reported"
ALL = "all"
# The grouping that tells the member trial of each participant.
TRIAL = "trial"


class Member(KeyedPart):
    """A trial that the study pools with others; its key is that of a category of the grouping `trial`."""

    label: Text
    registry_id: Text


class Category(KeyedPart):
    """One part of a grouping: the delivery's `codes` for it, or the numbers with low ≤ value < high, an absent limit being open."""

    label: Text
    codes: tuple[Text, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def numeric(self) -> bool:
        """Whether the category is a range of numbers."""
        return self.low is not None or self.high is not None

    @model_validator(mode="after")
    def _is_codes_or_a_range(self) -> Self:
        if self.key in (NOT_REPORTED, ALL):
            raise ValueError(f"the key {self.key} has a meaning of its own; choose another")
        if bool(self.codes) == self.numeric:
            raise ValueError(f"category {self.key} needs either codes, or a range of numbers (low, high)")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"category {self.key}: low {self.low:g} is not below high {self.high:g}")
        return self


class Grouping(KeyedPart):
    """A way to split the participants: the values of `column` (DM with SUPPDM, ADSL or participants.csv) in categories.

    In the place of a column stands `syndrome` (the worst grade of it, 0 for none) or `milestone` (1 where it took place after day 0,
    else 0), keys of the definition: then the value is derived from the data, and the categories are ranges of these numbers.

    `within` (`grouping.category` of others) says of whom the value is asked: whoever is in none of them has no value.
    `absent_label` names those without a value; `absent_codes` are words of a delivery that say so.
    """

    label: Text
    column: ColumnName | None = None
    syndrome: Key | None = None
    milestone: Key | None = None
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    within: tuple[Text, ...] = ()
    absent_label: Text = "not reported"
    absent_codes: tuple[Text, ...] = ("NOT REPORTED", "UNKNOWN")

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers, sorted into ranges."""
        return self.categories[0].numeric

    @property
    def category_keys(self) -> tuple[str, ...]:
        """The keys of the categories in the order of the definition, NOT_REPORTED last."""
        return (*(category.key for category in self.categories), NOT_REPORTED)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Code, key or label in lower case to category key: a code goes before a key, a key before a label."""
        labels = {category.label.casefold(): category.key for category in self.categories}
        keys = {category.key.casefold(): category.key for category in self.categories}
        return labels | keys | {code.casefold(): category.key for category in self.categories for code in category.codes}

    def is_absent(self, text: str) -> bool:
        """Whether the text of a delivery says that there is no value: empty, or one of `absent_codes`."""
        return text.casefold() in ("", *(code.casefold() for code in self.absent_codes))

    def find_category(self, text: str, number: float) -> str:
        """The key of the category that a delivered value means: ranges by `number`, words by `text` without case; empty for none."""
        if not self.numeric:
            return self.words.get(text.casefold(), "")
        inside = (
            category.key
            for category in self.categories
            if (category.low is None or category.low <= number) and (category.high is None or number < category.high)
        )
        # NaN lies in no range: each has at least one limit.
        return next(inside, "")

    @property
    def derived(self) -> bool:
        """Whether the values come from events of the data and not from a column of the delivery."""
        return self.column is None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if sum(source is not None for source in (self.column, self.syndrome, self.milestone)) != 1:
            raise ValueError(f"groupings.{self.key}: needs one of column, syndrome, milestone")
        if self.derived and not self.numeric:
            raise ValueError(f"groupings.{self.key}: the categories of a derived value are ranges of numbers (low, high)")
        return self

    @model_validator(mode="after")
    def _categories_are_told_apart(self) -> Self:
        for name, given in (
            ("key", [category.key for category in self.categories]),
            ("code", [code.casefold() for category in self.categories for code in category.codes]),
        ):
            twice = sorted({text for text in given if given.count(text) > 1})
            if twice:
                raise ValueError(f"groupings.{self.key}: the {name} {', '.join(twice)} is used twice")
        if len({category.numeric for category in self.categories}) > 1:
            raise ValueError(f"groupings.{self.key}: the categories must all have codes, or all be ranges of numbers")
        return self

    @model_validator(mode="after")
    def _ranges_do_not_overlap(self) -> Self:
        if not self.numeric:
            return self
        minus, plus = float("-inf"), float("inf")
        spans = sorted((minus if c.low is None else c.low, plus if c.high is None else c.high) for c in self.categories)
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                raise ValueError(f"groupings.{self.key}: the ranges of the categories overlap at {start:g}")
        return self


def grouping_cohorts(grouping: Grouping, not_reported: bool) -> tuple[Cohort, ...]:
    """The categories of `grouping` as cohorts, in the order of the definition; `not_reported` adds those without a value, last."""
    cohorts = tuple(Cohort(key=category.key, label=category.label, codes=category.codes) for category in grouping.categories)
    return (*cohorts, Cohort(key=NOT_REPORTED, label=grouping.absent_label, codes=())) if not_reported else cohorts


def validate_groupings(groupings: Sequence[Grouping], members: Sequence[Member], cohort_key: str, cohorts: Collection[str]) -> None:
    """ValueError when keys repeat, `within` names no category, or the members are not the categories of the grouping `trial`."""
    keys = [grouping.key for grouping in groupings]
    for key in keys:
        if keys.count(key) > 1 or key == cohort_key:
            raise ValueError(f"groupings: the key {key} is used twice; study.cohort_key is {cohort_key}")
    by_key = {cohort_key: tuple(cohorts)} | {grouping.key: grouping.category_keys for grouping in groupings}
    for grouping in groupings:
        for name in grouping.within:
            of, _, category = name.partition(".")
            if of == grouping.key or category not in by_key.get(of, ()):
                raise ValueError(f"groupings.{grouping.key}.within: “{name}” is no grouping.category of another grouping")
    wanted = {member.key for member in members}
    if len(wanted) < len(members):
        raise ValueError("members: a key is used twice")
    if members and wanted != set(by_key.get(TRIAL, ())) - {NOT_REPORTED}:
        raise ValueError(f"members: the grouping “{TRIAL}” must have one category for each member, with the same key")


def validate_sources(groupings: Sequence[Grouping], syndromes: Collection[str], milestones: Collection[str]) -> None:
    """ValueError when a grouping is derived of a syndrome or milestone that the study does not have."""
    for grouping in groupings:
        for name, key, known in (("syndrome", grouping.syndrome, syndromes), ("milestone", grouping.milestone, milestones)):
            if key is not None and key not in known:
                raise ValueError(f"groupings.{grouping.key}.{name}: “{key}” is none of {', '.join(known) or 'none'}")
