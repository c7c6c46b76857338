"""The HTML of the page /audit: a form, a table, and links to older rows and to the file. No script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from dashboard.audit.chain import Head
from dashboard.audit.events import ACTIONS
from dashboard.sight import Sighting
from dashboard.web.document import build_document
from dashboard.web.static_files import StaticAssets

STYLES = ("tokens.css", "layout.css", "components.css", "audit.css")
WORDS: Mapping[str, str] = {
    "sign-in": "signed in", "sign-out": "signed out", "sign-in-failed": "failed to sign in", "denied": "was refused",
    "view": "saw a page", "table": "read a table", "export": "exported", "package": "made a package", "open": "opened a link",
    "share": "shared a view", "revoke": "revoked a link", "deliver": "delivered", "publish": "published", "discard": "discarded",
    "restore": "restored a backup",
    "withdraw": "withdrew", "release": "released", "release-taken-back": "took a release back", "account-added": "added an account",
    "account-disabled": "disabled an account", "account-enabled": "enabled an account", "password-changed": "changed a password",
    "role-granted": "gave a role", "role-revoked": "took a role away", "session-revoked": "ended a session", "comment": "commented",
    "decision": "recorded a decision", "meeting-opened": "opened a meeting", "meeting-moved": "moved a meeting",
    "meeting-agenda": "changed an agenda", "meeting-chair": "handed a meeting over", "meeting-closed": "closed a meeting",
    "minutes": "printed minutes", "audit": "read the audit",
}  # fmt: skip
GROUP_WORDS: Mapping[str, str] = {
    "seen": "seen: pages, tables, exports",
    "exports": "all exports: files, tables, packages, minutes",
    "denied": "all refused",
}
# Details in the order in which they are told; “query” comes last because it is long.
TOLD = (
    "participant", "participants", "page", "panel", "table", "cell", "format", "view", "account", "role", "roles", "final", "session",
    "link", "name", "expires", "delivery", "label", "item", "question", "method", "path", "caller", "reason", "query",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What the page shows: the fields as they were sent, the rows, whether there are older ones, a problem, and what can be chosen."""

    fields: Mapping[str, str]
    rows: Sequence[Sighting]
    more: bool
    problem: str
    studies: Sequence[str]
    groups: Sequence[str]
    reader: str
    head: Head


def build_audit_page(assets: StaticAssets, shown: Shown) -> str:
    """The whole page."""
    problem = f'<p class="notice notice-problem" role="alert">{escape(shown.problem)}.</p>' if shown.problem else ""
    body = f"""\
<header class="audit-head"><a href="/">All studies</a><span>Signed in as <strong>{escape(shown.reader)}</strong></span></header>
<main class="audit">
<h1>Audit</h1>
{_links()}
{_form(shown)}
{problem}
{"" if shown.problem else _answer(shown)}
{_anchor(shown.head)}
</main>"""
    return build_document(assets, STYLES, "Audit", body)


def _links() -> str:
    ready = (("Everything", ""), ("All exports", "?action=exports"), ("All refused", "?action=denied"), ("Sign-ins", "?action=sign-in"))
    return f'<nav aria-label="Questions">{" ".join(f"""<a href="/audit{query}">{words}</a>""" for words, query in ready)}</nav>'


def _form(shown: Shown) -> str:
    fields = shown.fields
    actions = [
        ("", "any"),
        *((key, GROUP_WORDS[key]) for key in shown.groups),
        *((key, WORDS[key]) for key in ACTIONS if key not in shown.groups),
    ]
    studies = [("", "any"), *((key, key) for key in shown.studies)]
    parts = (
        _select("study", "Study", studies, fields["study"]),
        _text("participant", "Participant seen", fields["participant"]),
        _text("user", "User", fields["user"]),
        _text("cut", "Data cut", fields["cut"], "10 digits"),
        _select("action", "What was done", actions, fields["action"]),
        _text("from", "From (UTC)", fields["since"], "YYYY-MM-DD"),
        _text("to", "To (UTC)", fields["until"], "YYYY-MM-DD"),
    )
    return f'<form class="audit-form" action="/audit" method="get">{"".join(parts)}<button type="submit">Show</button></form>'


def _text(name: str, label: str, value: str, hint: str = "") -> str:
    return f'<label>{label}<input name="{name}" value="{escape(value)}" placeholder="{hint}" spellcheck="false" autocomplete="off"></label>'


def _select(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    marked = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(words)}</option>' for key, words in options
    )
    return f'<label>{label}<select name="{name}">{marked}</select></label>'


def _answer(shown: Shown) -> str:
    if not shown.rows:
        return '<p class="quiet" role="status">No row of the audit answers this.</p>'
    how = "<th>How</th>" if shown.fields["participant"] else ""
    head = f"<tr><th>Row</th><th>Time (UTC)</th><th>Who</th><th>Did</th><th>Study</th><th>Data cut</th>{how}<th>Of what</th></tr>"
    body = "".join(_row(sighting, bool(how)) for sighting in shown.rows)
    table = f'<table class="table audit-table"><thead>{head}</thead><tbody>{body}</tbody></table>'
    region = f'<div class="audit-scroll" tabindex="0" role="region" aria-label="Rows of the audit">{table}</div>'
    return f'{region}<p class="audit-more">{_more(shown)}</p>'


def _row(sighting: Sighting, with_how: bool) -> str:
    record = sighting.record
    cells = [str(record.seq), record.at[:19].replace("T", " "), record.reader or "nobody", WORDS.get(record.action, record.action)]
    cells += [record.study, record.cut, *([sighting.how] if with_how else [])]
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{_tell(record.details)}</td></tr>"


def _tell(details: Mapping[str, str]) -> str:
    told = [(name, details[name]) for name in TOLD if details.get(name)]
    return " ".join(f'<span><span class="quiet">{name}</span> {escape(text)}</span>' for name, text in told)


def _more(shown: Shown) -> str:
    links = [f'<a href="{escape(_address("/audit.csv", shown.fields))}">Save as CSV</a>']
    if shown.fields["before"]:
        links.append(f'<a href="{escape(_address("/audit", {**shown.fields, "before": ""}))}">Newest rows</a>')
    if shown.more:
        older = {**shown.fields, "before": str(shown.rows[-1].record.seq)}
        links.append(f'<a href="{escape(_address("/audit", older))}" rel="next">Older rows</a>')
    return " ".join(links)


def _address(path: str, fields: Mapping[str, str]) -> str:
    keys = {"since": "from", "until": "to"}
    named = {keys.get(name, name): text for name, text in fields.items() if text and not (path.endswith("csv") and name == "before")}
    return f"{path}?{urlencode(named, quote_via=quote)}" if named else path


def _anchor(head: Head) -> str:
    if not head.seq:
        return ""
    return (
        f'<p class="quiet audit-anchor">The newest row is {head.seq}; its hash is <code>{head.hash}</code>. Noted elsewhere, it shows '
        "later that nothing before it was changed or removed: <code>python -m dashboard audit verify --head HASH</code></p>"
    )
