"""The pages of meetings: the list of a study's, and one meeting with its agenda, people and what was said. They need no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard.meeting.desk import AgendaItem, Now, Written
from dashboard.meeting.minutes import ABSENT, STATES, describe_cut, tell_time
from dashboard.meeting.records import LONGEST_TITLE, Meeting, Person
from dashboard.meeting.rules import describe_kind
from dashboard.saved.views import SavedView
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from dashboard.web.document import build_document
from dashboard.web.meetings import address_of_shown
from dashboard.web.saved_html import name_page
from dashboard.web.static_files import StaticAssets

STYLES = ("tokens.css", "layout.css", "components.css", "saved.css", "meeting.css")
NOTHING = "There is no meeting at this address, or it is not one that you may see."
WHAT = (
    "In a meeting the chair’s page moves the others’. Everybody may leave and rejoin. Decisions and comments are kept with the view on "
    "which they were made. A meeting gives nobody a right: what a reader may not see does not exist for that reader in a meeting either."
)
NO_VIEWS = "An agenda is made of saved views, and none is there yet that opens. Open a page of the study and choose “Save view” at its top."


@dataclass(frozen=True)
class Room:
    """Everything on the page of one meeting; `further` are the saved views that could be added to the agenda."""

    protocol: StudyProtocol
    cut: Snapshot
    now: Now
    agenda: Sequence[AgendaItem]
    people: Sequence[Person]
    entries: Sequence[Written]
    further: Sequence[SavedView]


def build_message_page(assets: StaticAssets, title: str, sentence: str, way: tuple[str, str]) -> str:
    """A page that says one sentence, with one way on: words and address."""
    link = f'<p><a href="{escape(way[1])}">{escape(way[0])}</a></p>'
    return _build(assets, title, f'<p class="notice notice-problem" role="alert">{escape(sentence)}</p>{link}')


def build_list_page(
    assets: StaticAssets, protocol: StudyProtocol, meetings: Sequence[tuple[Meeting, Snapshot]], views: Sequence[SavedView]
) -> str:
    """The meetings of a study, those that go on first, and the form that opens one."""
    ordered = sorted(meetings, key=lambda pair: not pair[0].is_open)
    listed = "".join(_entry(meeting, cut) for meeting, cut in ordered) or '<p class="quiet">No meeting yet.</p>'
    body = f"<p>{WHAT}</p>{listed}{_opening_form(protocol.key, views)}{_ways(protocol.key)}"
    return _build(assets, f"Meetings of {protocol.study.registry_id}", body)


def build_meeting_page(assets: StaticAssets, room: Room) -> str:
    """One meeting. What only the chair may do is offered to the chair alone; the server asks again whoever sends it."""
    meeting = room.now.meeting
    leads = meeting.is_open and room.now.person == meeting.chair
    parts = [
        '<p><strong class="synthetic">SYNTHETIC</strong></p>' if room.cut.synthetic else "",
        _state(room),
        _follow(room),
        f"<h2>Agenda</h2>{_agenda(room, leads)}",
        f"<h2>Decisions and comments</h2>{_entries(room)}",
        f"<h2>People</h2>{_people(room)}",
        f"<h2>Minutes</h2>{_minutes(meeting)}",
        _close(meeting) if leads else "",
        _ways(meeting.study),
    ]
    return _build(assets, meeting.title, "".join(parts))


def _entry(meeting: Meeting, cut: Snapshot) -> str:
    address = f"/{meeting.study}/meetings/{meeting.id}"
    state = "goes on" if meeting.closed_at is None else f"closed {tell_time(meeting.closed_at)}"
    facts = (state, f"opened {tell_time(meeting.opened_at)} by {meeting.opened_by}", f"chair {meeting.chair}", describe_cut(cut))
    told = "".join(f'<span class="whole">{escape(fact)}</span>' for fact in facts)
    title = f'<h2><a href="{address}">{escape(meeting.title)}</a></h2>'
    return f'<article class="saved-view" aria-label="{escape(meeting.title)}">{title}<div class="saved-facts">{told}</div></article>'


def _opening_form(study: str, views: Sequence[SavedView]) -> str:
    if not views:
        return f"<h2>Open a meeting</h2><p>{NO_VIEWS}</p>"
    boxes = "".join(
        f'<li><label><input type="checkbox" name="view" value="{view.id}"> <span>{escape(view.name)} '
        f'<span class="quiet">{escape(name_page(view))}, data cut {view.content_hash[:10]}, view {view.fingerprint}, '
        f"saved by {escape(view.owner)}</span></span></label></li>"
        for view in views
    )
    return (
        f'<h2>Open a meeting</h2><form class="meeting-form" method="post" action="/{study}/meetings">'
        f'<label>Title<input name="title" required maxlength="{LONGEST_TITLE}" autocomplete="off"></label>'
        f"<fieldset><legend>Agenda: saved views, the oldest first</legend><ul>{boxes}</ul></fieldset>"
        '<p class="quiet">You will be the chair. The order can be changed afterwards. The meeting exists for those who may see the data '
        'cut of its first view.</p><div><button class="action action-main" type="submit">Open the meeting</button></div></form>'
    )


def _state(room: Room) -> str:
    meeting, attendance = room.now.meeting, room.now.attendance
    opened = f"Opened {tell_time(meeting.opened_at)} by {meeting.opened_by}; the chair is {meeting.chair}."
    told = f"<p>{escape(f'{opened} Data cut {describe_cut(room.cut)}.')}</p>"
    if meeting.closed_at is not None:
        return f"{told}<p><strong>{escape(f'Closed {tell_time(meeting.closed_at)} by {meeting.closed_by}.')}</strong></p>"
    lost = '<p class="notice notice-problem" role="alert">The chair is not connected.</p>' if attendance.chair_lost else ""
    return f"{told}{lost}"


def _follow(room: Room) -> str:
    meeting = room.now.meeting
    if not meeting.is_open:
        return ""
    words = "Lead the meeting" if room.now.person == meeting.chair else "Follow the meeting"
    where = room.now.shown
    shown = f"The meeting is at {name_page(where)}, view {where.fingerprint}." if where else "The meeting is at a view that does not exist."
    link = f'<a class="action action-main" href="/{meeting.study}/meetings/{meeting.id}/join">{words}</a>'
    return f"<p>{link} {escape(shown)}</p>"


def _agenda(room: Room, leads: bool) -> str:
    meeting = room.now.meeting
    here = room.now.shown.link if room.now.shown else ""
    items = "".join(_item(item, meeting, here, leads) for item in room.agenda)
    return f'<ol class="meeting-agenda">{items}</ol>{_adding_form(meeting, room.further) if leads else ""}'


def _item(item: AgendaItem, meeting: Meeting, here: str, leads: bool) -> str:
    view = item.view
    if view is None:
        return f'<li><span class="quiet">{ABSENT}</span></li>'
    note = f' <span class="ended">{STATES[item.state]}</span>' if STATES[item.state] else ""
    current = " <strong>(here now)</strong>" if meeting.is_open and view.id == here else ""
    about = f'<span class="quiet">{escape(name_page(view))}, view {view.fingerprint}</span>'
    change = _changes(meeting, view) if leads else ""
    return f'<li><a href="/v/{view.id}">{escape(view.name)}</a> {about}{note}{current}{change}</li>'


def _changes(meeting: Meeting, view: SavedView) -> str:
    buttons = "".join(
        f'<button class="action" name="change" value="{change}" aria-label="{escape(f"{words}: {view.name}")}">{words}</button>'
        for change, words in (("up", "Up"), ("down", "Down"), ("remove", "Remove"))
    )
    hidden = f'<input type="hidden" name="view" value="{view.id}">'
    return f'<form class="meeting-inline" method="post" action="/{meeting.study}/meetings/{meeting.id}/agenda">{hidden}{buttons}</form>'


def _adding_form(meeting: Meeting, views: Sequence[SavedView]) -> str:
    if not views:
        return ""
    named = {view.id: f"{view.name} ({name_page(view)}, {view.fingerprint})" for view in views}
    options = "".join(f'<option value="{link}">{escape(words)}</option>' for link, words in named.items())
    return (
        f'<form class="meeting-inline" method="post" action="/{meeting.study}/meetings/{meeting.id}/agenda">'
        f'<label>Add <select name="view">{options}</select></label>'
        '<button class="action" name="change" value="add">Add to the agenda</button></form>'
    )


def _entries(room: Room) -> str:
    if not room.entries:
        return '<p class="quiet">None yet. They are written in the bar above the pages, while one is in the meeting.</p>'
    return "".join(_written(room.now.meeting, one) for one in room.entries)


def _written(meeting: Meeting, one: Written) -> str:
    entry, shown = one.entry, one.entry.shown
    title = describe_kind(entry.kind, entry.number)
    link = f'<a href="{escape(address_of_shown(meeting.study, shown))}">View {shown.fingerprint}</a>'
    facts = (f"{entry.author}, {tell_time(entry.written_at)}", name_page(shown), entry.selection, describe_cut(one.cut))
    told = "".join(f'<span class="whole">{escape(fact)}</span>' for fact in facts)
    words = f'<p class="saved-note">{escape(entry.words)}</p>'
    return f'<article class="saved-view" aria-label="{title}"><h3>{title}</h3>{words}<div class="saved-facts">{link}{told}</div></article>'


def _people(room: Room) -> str:
    meeting, present = room.now.meeting, room.now.attendance.present
    here = set(present) if meeting.is_open else set()
    people = "".join(
        f"<li>{escape(one.name)}{' (chair)' if one.name == meeting.chair else ''} "
        f'<span class="quiet">{"here now" if one.name in here else f"last there {tell_time(one.seen_at)}"}</span></li>'
        for one in room.people
    )
    return f"{f'<ul>{people}</ul>' if people else '<p>Nobody was there yet.</p>'}{_hand_over(room)}"


def _hand_over(room: Room) -> str:
    meeting, person = room.now.meeting, room.now.person
    if not meeting.is_open or person not in (meeting.chair, meeting.opened_by):
        return ""
    address = f"/{meeting.study}/meetings/{meeting.id}/chair"
    if person != meeting.chair:
        button = f'<button class="action" name="to" value="{escape(person)}">Take the chair back</button>'
        return f'<form class="meeting-inline" method="post" action="{address}">{button}</form>'
    others = [name for name in room.now.attendance.present if name != person]
    buttons = "".join(f'<button class="action" name="to" value="{escape(name)}">Hand over to {escape(name)}</button>' for name in others)
    return f'<form class="meeting-inline" method="post" action="{address}">{buttons}</form>' if others else ""


def _minutes(meeting: Meeting) -> str:
    address = f"/{meeting.study}/meetings/{meeting.id}/minutes"
    draft = " They are a draft until the meeting is closed." if meeting.is_open else ""
    return f'<p><a href="{address}">To read and print</a> · <a href="{address}.pdf">PDF</a>.{draft}</p>'


def _close(meeting: Meeting) -> str:
    action = f"/{meeting.study}/meetings/{meeting.id}/close"
    form = f'<form method="post" action="{action}"><button class="action">Close for good</button></form>'
    return f"<details><summary>Close the meeting</summary><p>Nothing can be added afterwards. The minutes stay.</p>{form}</details>"


def _ways(study: str) -> str:
    ways = (("All meetings of the study", "meetings"), ("Saved views", "data/views"), ("Overview", "overview"))
    return f'<ul class="saved-ways">{"".join(f"""<li><a href="/{study}/{path}">{words}</a></li>""" for words, path in ways)}</ul>'


def _build(assets: StaticAssets, title: str, body: str) -> str:
    body = f"""<header class="header"><a class="brand" href="/">Lymphotrace</a></header>
<main class="saved-page">
<h1>{escape(title)}</h1>
{body}
</main>"""
    return build_document(assets, STYLES, title, body)
