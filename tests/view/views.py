"""Generated views: any combination of choices a reader can make in a study."""

from __future__ import annotations

from hypothesis import strategies as st

from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.references import Reference, encode_reference
from dashboard.view.grid import OPERATORS, Condition, participant_columns, write_conditions
from dashboard.view.groups import read_groups
from dashboard.view.keys import KEY_BY_NAME
from dashboard.view.state import ViewState

PROTOCOLS = tuple(read_definitions().values())
NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str), st.decimals(-1000, 1000, places=2, allow_nan=False, allow_infinity=False).map(str)
)
REFERENCES = st.builds(Reference, st.just("count"), st.text(min_size=1, max_size=6), st.just("cd4"), st.none() | st.integers(-999, 999))
TEXTS = st.text(min_size=1, max_size=6).filter(lambda text: text.isprintable())
COMPARED = {
    "number": [name for name in OPERATORS if name not in ("has", "hasnot", "starts", "ends")],
    "text": [name for name in OPERATORS if name not in ("lt", "le", "gt", "ge", "between")],
}


@st.composite
def conditions(draw: st.DrawFn, protocol: StudyProtocol) -> list[Condition]:
    """Up to three conditions on different columns of the table, each of a kind that fits its column."""
    kinds = participant_columns(protocol)
    columns = draw(st.lists(st.sampled_from(list(kinds)), max_size=3, unique=True))
    operands = {"number": NUMBERS, "text": TEXTS}
    return [
        (column, operator, tuple(draw(operands[kinds[column]]) for _ in range(OPERATORS[operator][1])))
        for column in columns
        for operator in [draw(st.sampled_from(COMPARED[kinds[column]]))]
    ]


def _one(name: str, protocol: StudyProtocol) -> st.SearchStrategy[str]:
    return st.sampled_from([choice.value for choice in KEY_BY_NAME[name].choices(protocol)])


def _some(name: str, protocol: StudyProtocol, lowest: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Choices in the order of the definition; all of them is written as none, except for `show`."""
    allowed = [choice.value for choice in KEY_BY_NAME[name].choices(protocol)]
    most = len(allowed) - (0 if lowest else 1)
    picked = st.lists(st.sampled_from(allowed), unique=True, min_size=lowest, max_size=most)
    return picked.map(lambda chosen: tuple(value for value in allowed if value in chosen))


def _ages() -> st.SearchStrategy[tuple[int | None, int | None]]:
    end = st.none() | st.integers(0, 120)
    return st.tuples(end, end).filter(lambda ages: ages[0] is None or ages[1] is None or ages[0] <= ages[1])


def _thresholds() -> st.SearchStrategy[tuple[float, ...]]:
    level = st.integers(1, 100_000_000).map(lambda thousandths: thousandths / 1000)
    return st.lists(level, min_size=1, max_size=4, unique=True).map(lambda levels: tuple(sorted(levels)))


def _orders(protocol: StudyProtocol) -> st.SearchStrategy[str]:
    columns = st.lists(st.sampled_from(list(participant_columns(protocol))), max_size=3, unique=True)
    return columns.flatmap(lambda names: st.tuples(*(st.sampled_from([f"{name}.asc", f"{name}.desc"]) for name in names))).map(",".join)


def _groups(protocol: StudyProtocol) -> st.SearchStrategy[tuple[str, ...]]:
    """Some groups, at least one of each grouping left out of them: all of one restrict nothing."""
    allowed = [choice.value for choice in KEY_BY_NAME["having"].choices(protocol)]
    if not allowed:
        return st.just(())
    picked = st.lists(st.sampled_from(allowed), unique=True, max_size=6).map(
        lambda given: read_groups(",".join(given), allowed) if given else ()
    )
    return picked


def views_of(protocol: StudyProtocol, *, with_grid: bool = True) -> st.SearchStrategy[ViewState]:
    """Any view of `protocol`; without the grid's own order and filter when `with_grid` is False."""
    names = ("base", "period", "measure", "scale", "x", "band", "unscheduled", "after", "rule", "who", "respond", "visit", "n", "ci")
    names += ("mark", "until", "related", "grade", "grading", "align", "curves", "censor", "landmark", "unit")
    names += ("among", "compare", "order", "part")
    splits = st.sampled_from(protocol.by_keys)
    return splits.flatmap(lambda by: _views_split(protocol.grouped(by), names, with_grid=with_grid))


def _views_split(protocol: StudyProtocol, names: tuple[str, ...], *, with_grid: bool) -> st.SearchStrategy[ViewState]:
    """Any view of a study that is split in one way: its cohorts are the categories of that split."""
    return st.builds(
        ViewState,
        by=st.just(protocol.by),
        having=_groups(protocol),
        cut=st.none() | st.from_regex(r"[0-9a-f]{10}", fullmatch=True),
        age=_ages(),
        show=_some("show", protocol, lowest=1),
        threshold=_thresholds(),
        gap=st.none() | st.integers(1, 1000),
        flag=st.just("") | _one("flag", protocol),
        against=st.just("") | st.from_regex(r"[0-9a-f]{10}", fullmatch=True),
        of=st.just("") | REFERENCES.map(encode_reference),
        sort=_orders(protocol) if with_grid else st.just(""),
        where=conditions(protocol).map(write_conditions) if with_grid else st.just(""),
        **{name: _one(name, protocol) for name in names},
        **{name: _some(name, protocol) for name in ("cohort", "sex", "stratum", "analyte")},
    )


def views() -> st.SearchStrategy[tuple[StudyProtocol, ViewState]]:
    """A study that ships and any view of it."""
    return st.sampled_from(PROTOCOLS).flatmap(lambda protocol: st.tuples(st.just(protocol), views_of(protocol)))
