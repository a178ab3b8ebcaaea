"""Wait for what is to become true, and say what was seen last when it does not."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

Sample = TypeVar("Sample")


@overload
async def eventually(
    probe: Callable[[], Awaitable[Sample]], *, within: float, every: float = ...
) -> Sample: ...


@overload
async def eventually(
    probe: Callable[[], Sample], *, within: float, every: float = ...
) -> Sample: ...


async def eventually(probe: Callable[[], object], *, within: float, every: float = 0.02) -> object:
    """Call ``probe`` until it returns something true; return that.

    ``within`` and ``every`` are seconds. An AssertionError counts as "not yet", any other error
    ends the wait.

    Raises:
        AssertionError: it did not become true in time; the message shows the last sample.
    """
    deadline = time.monotonic() + within
    while True:
        sample: object
        try:
            found = probe()
            value = await found if inspect.isawaitable(found) else found
        except AssertionError as error:
            sample = error
        else:
            if value:
                return value
            sample = value
        if time.monotonic() >= deadline:
            name = getattr(probe, "__qualname__", repr(probe))
            raise AssertionError(f"{name} not true within {within:g} s; last: {sample!r}")
        await asyncio.sleep(every)
