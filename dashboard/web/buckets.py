"""How often one reader may ask for what costs much: a bucket of turns that fills up again with time."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class Buckets:
    """One bucket per key, in this process; `clock` gives seconds that only grow. Safe for threads.

    A bucket holds `size` turns and gets `per_second` new ones. At most `keys` buckets are kept: the one that was not asked for
    the longest is full again by then, or its owner asks through many names.
    """

    def __init__(self, size: int, per_second: float, clock: Callable[[], float], keys: int = 10_000) -> None:
        self._size, self._rate, self._clock, self._keys = size, per_second, clock, keys
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> int:
        """Take a turn: 0 when there was one, else whole seconds until there is one."""
        with self._lock:
            now = self._clock()
            turns, at = self._held.pop(key, (float(self._size), now))
            turns = min(self._size, turns + (now - at) * self._rate)
            wait = 0 if turns >= 1 else math.ceil((1 - turns) / self._rate)
            self._held[key] = (turns if wait else turns - 1, now)
            while len(self._held) > self._keys:
                self._held.popitem(last=False)
            return wait
