"""What is known to change the objects it is handed: methods, functions and context managers."""

from __future__ import annotations

from typing import Final

_METHODS: Final = (
    "add append appendleft clear difference_update discard extend extendleft insert put"
    " intersection_update move_to_end pop popitem popleft put_nowait remove reverse rotate"
    " setdefault sort subtract symmetric_difference_update update write writelines"
    " get_nowait __setitem__ __delitem__"
)
METHODS: Final = frozenset(_METHODS.split())
"""Methods of the standard library's containers, queues and files that change their object."""

_ARGUMENTS: Final = (
    "heappush heappop heapify heapreplace heappushpop insort insort_left insort_right shuffle"
    " setattr delattr next anext"
)
ARGUMENTS: Final = frozenset(_ARGUMENTS.split())
"""Functions of the standard library that change their first argument."""

_VIEWS: Final = (
    "items values iter reversed enumerate zip sorted list tuple filter chain get setdefault"
)
VIEWS: Final = frozenset(_VIEWS.split())
"""Calls whose result holds elements of what they are called on."""

EXITS: Final = frozenset({"exit", "quit", "_exit", "abort"})
"""Functions that do not return, under ``sys``, ``os`` or as the builtins of these names."""

_CONSUMERS: Final = (
    "all any bytearray bytes dict frozenset join list max min next set sorted sum tuple"
)
CONSUMERS: Final = frozenset(_CONSUMERS.split())
"""Callables that run a generator to its end, or drop it, before they return."""

_NEVER_SWALLOW: Final = (
    "open lock rlock closing atomic cursor connection condition cond semaphore popen nullcontext"
    " redirect_stdout redirect_stderr catch_warnings temporarydirectory namedtemporaryfile"
    " temporaryfile urlopen mutex localcontext scandir executor threadpoolexecutor"
    " processpoolexecutor patch zipfile tarfile stringio bytesio memoryview socket"
    " create_connection override_settings"
)
NEVER_SWALLOW: Final = tuple(_NEVER_SWALLOW.split())
"""Ends of the names of context managers that never end an exception."""

_PLAIN: Final = (
    "int float complex str bytes bool len sum abs ord chr round hash id repr ascii hex oct bin"
    " input isinstance issubclass callable any all format pow range type"
)
PLAIN: Final = frozenset(_PLAIN.split())
"""Builtins whose result nothing can change."""
