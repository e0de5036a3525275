"""The database from async code: one thread with one connection, closed at the end.

Django's connections belong to threads. A thread of our own keeps a hundred coroutines to one
connection, runs their transactions one after the other, and leaves no session behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Runs functions that use the ORM, in the order of their calls, outside the event loop.

    async with DatabaseThread() as database:
        plan = await database(MasterPlan.objects.get, pk=plan_id)
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self(connections.close_all)
        self._executor.shutdown()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, or what it raises.

        A function that has been handed over runs to its end even where the caller is cancelled, so
        that a cancelled caller never leaves a transaction of unknown outcome behind.
        """
        call = partial(function, *args, **kwargs)
        running = asyncio.get_running_loop().run_in_executor(self._executor, call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise
