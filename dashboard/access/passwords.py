"""Passwords: which are accepted, and how they are kept (argon2id)."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.errors import WrongUseError

SHORTEST, LONGEST = 15, 128
# What must be left of a password when common words, digits and signs are taken out of it.
FEWEST_OWN_LETTERS = 6
FEWEST_DIFFERENT = 6
COMMON = Path(__file__).parent / "common_passwords.txt"
PRODUCT = "lymphotrace"
# One hash takes 64 MiB and a quarter of a second: more of them at once would stop the server.
MOST_AT_ONCE = 2


@cache
def read_common() -> tuple[str, ...]:
    """The common words, longest first, from the file beside this module."""
    words = (line.strip() for line in COMMON.read_text(encoding="utf-8").splitlines())
    return tuple(sorted({word for word in words if word and not word.startswith("#")}, key=lambda word: (-len(word), word)))


def normalise(password: str) -> str:
    """The same text for the same keys, whichever way the machine writes accents (NFC)."""
    return unicodedata.normalize("NFC", password)


def validate_password(password: str, account: str) -> str:
    """The password in its normal form; WrongUseError says in words why it cannot be used, and never repeats it."""
    text = normalise(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise WrongUseError(f"a password has {SHORTEST} to {LONGEST} characters")
    if not text.isprintable():
        raise WrongUseError("a password has no control characters")
    if len(set(text.casefold())) < FEWEST_DIFFERENT or _repeats(text.casefold()):
        raise WrongUseError("a password that repeats itself is easily guessed; choose several unrelated words")
    if _own_letters(text.casefold(), (account.casefold(), *account.casefold().split("@"), PRODUCT, *read_common())) < FEWEST_OWN_LETTERS:
        raise WrongUseError("this password is made of common words or of the account’s name; choose several unrelated words")
    return text


def _repeats(text: str) -> bool:
    """Whether a text is a shorter one several times, which would be too short by itself, or goes round a few characters."""
    whole = re.fullmatch(r"(.+?)\1+", text)
    if whole and len(whole[1].strip()) < SHORTEST:
        return True
    return re.fullmatch(r"(.{1,8}?)\1+(.{0,7})", text) is not None and len(set(text)) <= 8


def _own_letters(text: str, words: Iterable[str]) -> int:
    """How many letters are left when `words` (longest first), digits and signs are taken out."""
    left = text
    for word in words:
        if len(word) > 2:
            left = left.replace(word, " ")
    return sum(character.isalpha() for character in left)


class Passwords:
    """Hashes and compares passwords, at most MOST_AT_ONCE at a time in one process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._unknown = ""

    def hash(self, password: str) -> str:
        """The argon2id hash that is kept of a password in its normal form."""
        with self._turn:
            return self._hasher.hash(password)

    def is_right(self, kept: str, password: str) -> bool:
        """Whether `password` is the one of which `kept` is the hash. Without a hash it takes as long, and is wrong."""
        tried = normalise(password)[: LONGEST + 1]
        if not kept and not self._unknown:
            self._unknown = self.hash("a password that nobody has")
        try:
            with self._turn:
                self._hasher.verify(kept or self._unknown, tried)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(kept)
