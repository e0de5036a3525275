"""Python's garbage collector, held back while much is built that stays.

Syntax trees are millions of small objects that all live on: looking through them again and again
for garbage takes five times as long as parsing does.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_holders = 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the collector back for the time of a block; blocks may nest and run in threads."""
    global _holders
    with _LOCK:
        held = _holders > 0 or gc.isenabled()
        if held:
            _holders += 1
            gc.disable()
    try:
        yield
    finally:
        with _LOCK:
            if held:
                _holders -= 1
                if _holders == 0:
                    gc.enable()
