"""Queries nobody should send, for addresses of every kind."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st

from dashboard.view.keys import KEYS

NAMES = [key.name for key in KEYS]
LISTED = [
    "cut",
    "cut=",
    "%63ut=0123456789",
    "?cut=x",
    "cut=zz&cut=zz",
    "cut=ffffffffff",
    "cut=0123456789&cohort=240",
    "cohort=240'%20OR%20'1'='1;DROP%20TABLE%20snapshot;--",
    "cohort=<script>alert(1)</script>",
    "where=nothing.eq.1",
    "where=age.ge.old",
    "where=status.lt.x",
    "where=participant.has.%255C",
    "sort=nothing.asc",
    "sort=age.asc,age.desc",
    "%00=%00&%0d%0a=%0d%0aSet-Cookie:x",
    "%ff%fe=%ff",
    "&&&===&=",
    "cohort=240&cohort=480",
    "threshold=0.001,100000&gap=1000&age=0-0",
    "threshold=0.001&scale=log&measure=fold&x=dose&show=box&band=ci95",
    "stratum=ge300&age=119-120&cohort=720",
    "cohort=" + "240," * 3_000,
    "x=" + "a" * 10_000,
    "&".join(f"k{place}=1" for place in range(400)),
]


def queries() -> st.SearchStrategy[str]:
    """Texts that can stand after the question mark, percent-encoded where HTTP needs it."""
    value = st.text(max_size=40).map(lambda text: quote(text, safe="&=,.-~:%+", errors="replace"))
    pair = st.tuples(st.sampled_from(NAMES), value).map("=".join)
    return st.lists(pair | value, max_size=4).map("&".join)
