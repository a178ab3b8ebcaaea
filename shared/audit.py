"""Is everything still as it was written? Walks log, feed and aggregates and names what is not.

The feed's chain covers every event that went out, so an edit, a deletion, an insertion or a swap
breaks it from there on. The last entries are covered as well: each logged event is either in the
feed or waiting in the queue, and each aggregate's version is its last sequence in the log. What
even that cannot show, a chain rewritten or cut with everything it covers, an ``Anchor`` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

from shared.db import Database, ReadTx, Row, statement
from shared.envelope import chain_hash
from shared.outbox import event_of

BATCH: Final = 1000
MAX_WITNESSES: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: which check, where, and what was found."""

    check: str
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of the chain as someone outside this database noted it, ``POSITION:HASH``."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read an anchor.

        Raises:
            ValueError: it has another form.
        """
        position, _, link = text.partition(":")
        return cls(int(position), bytes.fromhex(link))


async def newest_anchor(database: Database) -> Anchor | None:
    """Return the chain's newest link, to be kept elsewhere; None while nothing went out.

    Whoever may write everything here can write a whole new chain, or take its end away together
    with the records; only what was noted outside shows that.
    """
    async with database.reading() as tx:
        row = await tx.first(
            statement(
                f"select position, hash from {database.service}.feed order by position desc limit 1"
            )
        )
    return None if row is None else Anchor(row["position"], row["hash"])


async def verify_chain(
    database: Database, *, anchor: Anchor | None = None
) -> AsyncIterator[tuple[int, list[Finding]]]:
    """Recompute the chain; yield the position reached and what was found since the last yield.

    Stops at the first broken link, since everything after it differs as well. With an ``anchor``
    the chain must also still have that link.
    """
    service = database.service
    query = statement(
        f"select f.position, f.hash, f.log_id, l.* from {service}.feed f"
        f" left join {service}.event_log l on l.id = f.log_id"
        f" where f.position > :after order by f.position limit {BATCH}"
    )
    position, link = 0, b""
    while True:
        async with database.reading() as tx:
            rows = await tx.all(query, after=position)
        if not rows:
            break
        for row in rows:
            if (finding := _missing(row, position + 1)) is not None:
                yield position, [finding]
                return
            link = chain_hash(link, event_of(row, service))
            position += 1
            if (finding := _altered(row, link, anchor)) is not None:
                yield position, [finding]
                return
        yield position, []
    if anchor is not None and position < anchor.position:
        detail = f"the feed ends at position {position}, it once had this one"
        yield position, [Finding("anchor", f"position {anchor.position}", detail)]


def _missing(row: Row, expected: int) -> Finding | None:
    if row["position"] != expected:
        detail = f"positions {expected} to {row['position'] - 1} are missing"
        return Finding("feed-gap", f"position {expected}", detail)
    if row["id"] is None:
        detail = f"log entry {row['log_id']} is gone"
        return Finding("log-missing", f"position {expected}", detail)
    return None


def _altered(row: Row, link: bytes, anchor: Anchor | None) -> Finding | None:
    place = f"position {row['position']}"
    if link != row["hash"]:
        detail = f"event {row['event_id']} ({row['type']}) is not what was published here"
        return Finding("chain", place, detail)
    if anchor is not None and row["position"] == anchor.position and link != anchor.hash:
        return Finding("anchor", place, "the chain was written anew up to here")
    return None


async def verify_tables(database: Database, aggregates: Iterable[str]) -> list[Finding]:
    """Compare log, queue, feed and aggregates as sets; return what does not fit together.

    ``aggregates`` are the tables whose ``id`` and ``version`` are an event key and its last
    sequence.
    """
    found: list[Finding] = []
    service = database.service
    async with database.transaction() as tx:
        await tx.begin()
        await tx.connection.execute("set transaction isolation level repeatable read, read only")
        for check, text, words in _CHECKS:
            found += await _findings(tx, check, text.format(s=service), words)
        for table in aggregates:
            found += await _findings(
                tx, "aggregate-version", _AGGREGATE.format(s=service, t=table), f"{table} differs"
            )
        if tables := list(aggregates):
            union = " union all ".join(f"select id from {service}.{table}" for table in tables)
            text = _ORPHAN.format(s=service, u=union)
            found += await _findings(tx, "orphan-log", text, "events without their record")
    return found


_CHECKS: Final = (
    (
        "log-unaccounted",
        (
            "select l.id::text as place, l.event_id::text as detail from {s}.event_log l"
            " where not exists (select from {s}.feed f where f.log_id = l.id)"
            " and not exists (select from {s}.outbox o where o.log_id = l.id)"
        ),
        "is neither in the feed nor in the queue",
    ),
    (
        "queue-unlogged",
        (
            "select o.log_id::text as place, '' as detail from {s}.outbox o"
            " where not exists (select from {s}.event_log l where l.id = o.log_id)"
        ),
        "is queued and not in the log",
    ),
    (
        "sequence-gap",
        (
            "select key::text as place, 'has ' || count(*) || ' events up to ' || max(sequence)"
            " as detail from {s}.event_log group by key"
            " having count(*) <> max(sequence) or min(sequence) <> 1"
        ),
        "versions are not contiguous",
    ),
)
_AGGREGATE: Final = (
    "select a.id::text as place, 'version ' || a.version || ', log ' || coalesce(l.top, 0)"
    " as detail from {s}.{t} a left join (select key, max(sequence) as top from {s}.event_log"
    " group by key) l on l.key = a.id where a.version <> coalesce(l.top, 0)"
)
_ORPHAN: Final = (
    "select distinct l.key::text as place, '' as detail from {s}.event_log l"
    " where not exists (select from ({u}) a where a.id = l.key)"
)


async def _findings(tx: ReadTx, check: str, text: str, words: str) -> list[Finding]:
    rows = await tx.all(statement(f"{text} limit {MAX_WITNESSES}"))
    return [Finding(check, row["place"], f"{row['detail']} {words}".strip()) for row in rows]
