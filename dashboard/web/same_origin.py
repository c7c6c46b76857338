"""Whether a request comes from a page of this server, or from another site that may not ask for it."""

from __future__ import annotations

from flask import Request

from dashboard.web.rules import ADDRESSES, SIGNED_IN

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWN_PAGE = "same-origin"
# What browsers say of an address that was typed, or opened from a bookmark.
TYPED = "none"
FOREIGN = "This request does not come from a page of this server and was not carried out."


def comes_from_elsewhere(request: Request, *, https: bool, strict: bool) -> bool:
    """Whether a page of another site sent a request that it may not send: it may lead to a page of ours, and use what anybody may see.

    Browsers say where a request comes from: in Sec-Fetch-Site, which no page can forge, and in Origin, which is “null” for forms of
    our pages, because these send no referrer. `strict`: a request that changes something and says nothing of both is refused too.
    """
    reads = request.method in SAFE_METHODS
    if reads and ADDRESSES.get(request.endpoint or "", SIGNED_IN).open:
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    own = f"{'https' if https else request.scheme}://{request.host}"
    if site is None:
        return (strict and not reads) if origin is None else origin != own
    if origin not in (None, "null", own):
        return True
    return site != OWN_PAGE and not (reads and (site == TYPED or _leads_here(request)))


def _leads_here(request: Request) -> bool:
    """Whether the browser goes to the address, with a window of its own: not from within a frame, a script or a picture."""
    return request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest", "document") == "document"
