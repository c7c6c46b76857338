"""Whether a request that changes something comes from a page of this server."""

from __future__ import annotations

from flask import Request

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWN_PAGE = "same-origin"
FOREIGN = "This request does not come from a page of this server and was not carried out."


def comes_from_elsewhere(request: Request, *, https: bool, strict: bool) -> bool:
    """Whether a page of another site sent a request that is no plain reading.

    Browsers say where a request comes from: in Sec-Fetch-Site, which no page can forge, and in Origin, which is “null” for forms of
    our pages, because these send no referrer. `strict`: a request that says nothing of both is refused too.
    """
    if request.method in SAFE_METHODS:
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    own = f"{'https' if https else request.scheme}://{request.host}"
    if site is not None:
        return site != OWN_PAGE or origin not in (None, "null", own)
    return strict if origin is None else origin != own
