"""The page of pooled figures: tables, and for each count a drawing. No script, no choice."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import takewhile

from dashboard.closed.desk import PAGE, Pooled
from dashboard.closed.review import Course
from dashboard.closed.tables import Table
from dashboard.study.snapshot import Snapshot
from dashboard.web.closed_drawing import draw_course
from dashboard.web.document import build_document
from dashboard.web.static_files import StaticAssets

STYLES = ("tokens.css", "layout.css", "components.css", "closed.css", "print.css")
RULES = (
    "This study is closed: until its final release only the monitoring board sees figures by cohort. Here stand figures of everybody "
    "together. Cohorts, amounts given and single participants are taken out before anything is computed.",
    "There is nothing to filter: the difference of two selections would be a figure of those in between.",
    "Groups of fewer than {minimum} participants are joined with a neighbour, or not shown; where fewer than {minimum} have no value, "
    "their number is not told. Counts are rounded to 10 cells/µL, so that nobody’s own value stands in them.",
)


def build_pooled_page(assets: StaticAssets, pooled: Pooled, cuts: Sequence[Snapshot], problem: str, account: str) -> str:
    """The whole page. `cuts` are those that can be chosen, `account` is HTML about who is signed in."""
    study, review = pooled.protocol.study, pooled.review
    notice = f'<p class="notice notice-problem" role="alert">{escape(problem)}</p>' if problem else ""
    rules = "".join(f"<p>{escape(rule.format(minimum=review.minimum))}</p>" for rule in RULES)
    title = f"Pooled figures, {study.registry_id}"
    body = f"""\
<header class="closed-head"><a href="/" class="brand">Lymphotrace</a><span>{escape(study.registry_id)} {escape(study.short_title)}</span>
{_describe_cut(pooled)}{account}</header>
<main class="closed">
<h1>{escape(title)}</h1>
{notice}
<section class="card card-text">{rules}{_list_cuts(pooled, cuts)}</section>
{"".join(_draw_table(table) for table in review.tables)}
<div class="closed-courses">{"".join(_draw_course(course) for course in review.courses)}</div>
{_describe_waiting(pooled)}
</main>"""
    return build_document(assets, STYLES, title, body)


def build_account(name: str, can_sign_out: bool, reads_audit: bool) -> str:
    """Who is signed in, with a button to sign out where that is ours to do, and for some a way to the audit."""
    audit = '<a href="/audit">Audit</a>' if reads_audit else ""
    button = '<form action="/sign-out" method="post"><button type="submit" class="action">Sign out</button></form>' if can_sign_out else ""
    return f'<div class="account"><span>Signed in as <strong>{escape(name)}</strong></span>{audit}{button}</div>'


def _describe_cut(pooled: Pooled) -> str:
    cut = pooled.snapshot
    synthetic = '<strong class="synthetic">SYNTHETIC</strong> ' if cut.synthetic else ""
    date = cut.cut_date.isoformat()
    return f"<span>{synthetic}Data cut {date} · <code>{cut.cut}</code> · View <code>{pooled.fingerprint}</code></span>"


def _list_cuts(pooled: Pooled, cuts: Sequence[Snapshot]) -> str:
    study = pooled.protocol.key
    links = [
        f"<strong>{cut.cut_date.isoformat()}</strong>"
        if cut.content_hash == pooled.snapshot.content_hash
        else f'<a href="/{study}/{PAGE}?cut={cut.cut}">{cut.cut_date.isoformat()}</a>'
        for cut in cuts
    ]
    files = " ".join(f'<a href="/api/v1/{study}/{PAGE}.{kind}?cut={pooled.snapshot.cut}">{kind.upper()}</a>' for kind in ("csv", "json"))
    people = f"<p><strong>{pooled.review.participants} participants</strong> had a first dose on or before the data cut.</p>"
    return f"{people}<p>Data cuts: {' · '.join(links)}. All tables as a file: {files}.</p>"


def _draw_table(table: Table) -> str:
    sentence = f'<p class="caption">{escape(table.sentence)}</p>' if table.sentence else ""
    rows = table.rows or (("None.", *[""] * (len(table.header) - 1)),)
    return f'<section class="card"><h2 class="card-title">{escape(table.title)}</h2>{_rows(table.header, rows)}{sentence}</section>'


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in header)
    body = "".join(f"<tr>{_head(rows, place)}{_cells(row[1:])}</tr>" for place, row in enumerate(rows))
    return f'<div class="closed-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _head(rows: Sequence[Sequence[str]], place: int) -> str:
    """The first cell of a row, once for the rows that have it in common."""
    name = rows[place][0]
    if place and rows[place - 1][0] == name:
        return ""
    span = sum(1 for _ in takewhile(lambda row: row[0] == name, rows[place:]))
    return f'<th scope="rowgroup" rowspan="{span}">{escape(name)}</th>' if span > 1 else f'<th scope="row">{escape(name)}</th>'


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)


def _draw_course(course: Course) -> str:
    header = ("Visit", "Participants", "Lower quartile", "Median", "Upper quartile")
    rows = [(point.visit, point.n, str(point.q1), str(point.median), str(point.q3)) for point in course.points]
    title = f"{course.analyte}, cells/µL"
    drawn = draw_course(course) if course.points else ""
    legend = '<p class="caption">Point: median. Bar: lower to upper quartile.</p>'
    numbers = f"<details><summary>The numbers of this figure</summary>{_rows(header, rows)}</details>"
    return f'<section class="card"><h2 class="card-title">{escape(title)}</h2>{drawn}{legend}{numbers}</section>'


def _describe_waiting(pooled: Pooled) -> str:
    waiting = pooled.review.waiting
    if not waiting:
        return ""
    names = escape("; ".join(waiting))
    reason = "not due yet for everybody who was dosed: those who began first would be among themselves."
    return f'<p class="notice">Not shown: {names}. These visits are {reason}</p>'
