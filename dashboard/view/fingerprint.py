"""The fingerprint of a view: two people who read out the same eight characters see the same numbers."""

from __future__ import annotations

import hashlib

# Crockford's base 32: no letter that could be heard or read as another, or as a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, BITS = 8, 5


def compute_fingerprint(study: str, content_hash: str, query: str, code: str) -> str:
    """Eight characters from the study's key, the data cut's full content hash, the canonical query and the version of the code.

    The first 40 bits of SHA-256 over the four, joined by line feeds.
    """
    digest = hashlib.sha256("\n".join((study, content_hash, query, code)).encode()).digest()
    number = int.from_bytes(digest[: LENGTH * BITS // 8], "big")
    return "".join(ALPHABET[(number >> BITS * place) & (len(ALPHABET) - 1)] for place in reversed(range(LENGTH)))
