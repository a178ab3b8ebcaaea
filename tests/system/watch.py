"""Waiting until a platform has come to rest: all sent, and all that concerns a reader read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import asyncpg

from shared.outbox import topic_of
from tests.support.app import NAMES, service
from tests.support.eventually import eventually

REST_SECONDS: Final = 30.0


def _questions() -> Iterator[str]:
    for name in NAMES:
        yield f"select '{name} sends' as place, count(*) as left_over from {name}.outbox"
        yield f"select '{name} parked', count(*) from {name}.parked"
        for subscription in service(name).subscriptions:
            types = ", ".join(f"'{type_}'" for type_ in subscription.by_type)
            for owner in (one for one in NAMES if topic_of(one) in subscription.topics):
                yield (
                    f"select '{subscription.name} reads {owner}', count(*) from {owner}.event_log l"
                    f" where l.type in ({types}) and not exists (select from {name}.inbox i"
                    f" where i.subscription = '{subscription.name}' and i.event_id = l.event_id)"
                )


async def at_rest(url: str, *, within: float = REST_SECONDS) -> None:
    """Wait until nothing is queued, unread or parked; ``url`` is the superuser's.

    Raises:
        AssertionError: it is not in time; the message shows what is left.
    """
    question = " union all ".join(_questions())

    async def nothing_left() -> bool:
        left = {row[0]: row[1] for row in await connection.fetch(question) if row[1]}
        assert left == {}
        return True

    connection = await asyncpg.connect(url)
    try:
        await eventually(nothing_left, within=within, every=0.05)
    finally:
        await connection.close()
