"""Compressing what is made anew for each request (layouts, panels, pages): quickly rather than well, because a reader waits."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

import brotli
from flask import Flask, Response, request

from dashboard.web.static_files import choose_coding, is_worth_compressing

# At these levels a panel costs a tenth of a millisecond and shrinks to a quarter; better ones cost more than they save.
QUICKLY: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=1)),
    "gzip": lambda body: gzip.compress(body, compresslevel=1, mtime=0),
}


def register_answer_compression(server: Flask) -> None:
    """Compress the texts `server` answers with, in the coding the browser prefers; what is named by an ETag stays as it is."""

    @server.after_request
    def compress_answer(response: Response) -> Response:
        if response.is_streamed or "ETag" in response.headers or "Content-Encoding" in response.headers:
            return response
        if not is_worth_compressing(response.mimetype, response.get_data()):
            return response
        response.vary.add("Accept-Encoding")
        coding = choose_coding(request.accept_encodings)
        if coding in QUICKLY:
            response.set_data(QUICKLY[coding](response.get_data()))
            response.headers["Content-Encoding"] = coding
        return response
