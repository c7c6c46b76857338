"""The growing delay after failed attempts to sign in.

It belongs to a pair of account and caller, so that failures from elsewhere never keep the owner out; and it is capped, so that
failures beside the owner (behind one address) cost at most MOST_SECONDS. A second, wider count belongs to the caller alone and
stops one caller from trying many accounts.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

FREE_FOR_PAIR, FREE_FOR_CALLER = 3, 20
MOST_SECONDS = 60
FORGOTTEN_AFTER = timedelta(hours=24)
NETWORK_BITS = 64


@dataclass(frozen=True)
class Failures:
    """How many attempts failed in a row, and when the last one was made."""

    count: int
    last_at: datetime


def compute_wait(failures: Failures | None, free: int, now: datetime) -> int:
    """Whole seconds until the next attempt is looked at; 0 when it is looked at now.

    The first `free` failures cost nothing, then 1, 2, 4, … seconds up to MOST_SECONDS, counted from the last attempt.
    """
    if failures is None or failures.count < free or now - failures.last_at >= FORGOTTEN_AFTER:
        return 0
    # Beyond 2^6 the cap holds; without the limit on the exponent a long attack would make a huge number.
    delay = min(MOST_SECONDS, 2 ** min(failures.count - free, 6))
    left = delay - (now - failures.last_at).total_seconds()
    return max(0, min(delay, -int(-left // 1)))


def name_pair(account: str, caller: str, secret: str) -> str:
    """The key under which failures of `account` from `caller` are counted: keyed, because people type passwords for names."""
    return _key(f"{account}\n{describe_network(caller)}", secret)


def name_caller(caller: str, secret: str) -> str:
    """The key under which all failures from `caller` are counted."""
    return _key(describe_network(caller), secret)


def describe_network(caller: str) -> str:
    """The caller's address; of IPv6 the first 64 bits, which are one household or firm. Another text stays as it is."""
    try:
        address = ip_address(caller)
    except ValueError:
        return caller
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> NETWORK_BITS << NETWORK_BITS))
    return str(address)


def _key(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
