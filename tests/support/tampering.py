"""Ways to change the past of the sample service with all rights in the database.

Each names the check that has to find it. The history they expect: eight events went out, the last
two are of one thing, nothing waits.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    ":middle": "(select log_id from sample.feed where position = 4)",
    ":first": "(select min(log_id) from sample.feed)",
    ":last": "(select max(log_id) from sample.feed)",
}
_COPY: Final = (
    "insert into sample.event_log"
    " (event_id, key, sequence, type, recorded_at, occurred_at, actor, data)"
    " select gen_random_uuid(), :key, :sequence, type, recorded_at, occurred_at, actor, data"
    " from sample.event_log where id = (select max(id) from sample.event_log)"
)
NEXT: Final = _COPY.replace(":key", "key").replace(":sequence", "sequence + 1")
_JUMP: Final = _COPY.replace(":key", "key").replace(":sequence", "sequence + 2")
_STRANGE: Final = _COPY.replace(":key", "gen_random_uuid()").replace(":sequence", "1")
_QUEUE: Final = "insert into sample.outbox select max(id) from sample.event_log"
EDIT: Final = "update sample.event_log set actor = 'somebody' where id = :middle"
_UNLOG: Final = "delete from sample.event_log where id = "
_FEED_WITHOUT_LOG: Final = (
    "delete from sample.feed f where not exists (select from sample.event_log where id = f.log_id)"
)
_FIT_VERSIONS: Final = (
    "update sample.thing t set version ="
    " (select max(sequence) from sample.event_log where key = t.id)"
)
_FORGET_LAST: Final = (
    "delete from sample.event_log where key ="
    " (select key from sample.event_log order by id desc limit 1)"
)
_FORGET_RECORDS: Final = (
    "delete from sample.thing t where not exists (select from sample.event_log where key = t.id)"
)
_SWAP_DATA: Final = (
    "update sample.event_log a set data = b.data from sample.event_log b, sample.feed f,"
    " sample.feed g where f.position + g.position = 5 and f.position in (2, 3)"
    " and a.id = f.log_id and b.id = g.log_id"
)

TAMPERINGS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "data edited": (
        "chain",
        ("update sample.event_log set data = data || ' ' where id = :middle",),
    ),
    "first edited": ("chain", ("update sample.event_log set data = '{}' where id = :first",)),
    "last edited": ("chain", ("update sample.event_log set data = '{}' where id = :last",)),
    "id edited": (
        "chain",
        ("update sample.event_log set event_id = gen_random_uuid() where id = :middle",),
    ),
    "type edited": ("chain", ("update sample.event_log set type = 'x' where id = :middle",)),
    "time edited": (
        "chain",
        (
            (
                "update sample.event_log set recorded_at = recorded_at"
                " + interval '1 microsecond' where id = :middle"
            ),
        ),
    ),
    "fact's time edited": (
        "chain",
        ("update sample.event_log set occurred_at = now() where id = :middle",),
    ),
    "actor edited": ("chain", (EDIT,)),
    "origin edited": (
        "chain",
        ("update sample.event_log set origin = 'elsewhere' where id = :middle",),
    ),
    "correlation removed": (
        "chain",
        ("update sample.event_log set correlation_id = null where id = :middle",),
    ),
    "hash edited": ("chain", ("update sample.feed set hash = sha256('x') where position = 4",)),
    "middle deleted from the log": ("log-missing", (_UNLOG + ":middle",)),
    "middle deleted from the feed": ("feed-gap", ("delete from sample.feed where position = 4",)),
    "middle deleted from both": ("feed-gap", (_UNLOG + ":middle", _FEED_WITHOUT_LOG)),
    "first deleted from both": ("feed-gap", (_UNLOG + ":first", _FEED_WITHOUT_LOG)),
    "last deleted from the log": ("log-missing", (_UNLOG + ":last",)),
    "last deleted from the feed": (
        "log-unaccounted",
        ("delete from sample.feed where position = 8",),
    ),
    "last deleted from both": ("aggregate-version", (_UNLOG + ":last", _FEED_WITHOUT_LOG)),
    "last deleted from both, version lowered": (
        "anchor",
        (_UNLOG + ":last", _FEED_WITHOUT_LOG, _FIT_VERSIONS),
    ),
    "last deleted from both, with its record": (
        "anchor",
        (_FORGET_LAST, _FEED_WITHOUT_LOG, _FORGET_RECORDS),
    ),
    "inserted in the log": ("log-unaccounted", (NEXT,)),
    "inserted in log and queue": ("aggregate-version", (NEXT, _QUEUE)),
    "inserted for nobody": ("orphan-log", (_STRANGE, _QUEUE)),
    "inserted with a gap": ("sequence-gap", (_JUMP, _QUEUE, _FIT_VERSIONS)),
    "inserted in the queue": ("queue-unlogged", ("insert into sample.outbox values (999999)",)),
    "contents swapped": ("chain", (_SWAP_DATA,)),
    "places swapped": (
        "chain",
        (
            "update sample.feed set position = -position where position in (3, 4)",
            "update sample.feed set position = 7 + position where position < 0",
        ),
    ),
    "version raised": ("aggregate-version", ("update sample.thing set version = version + 1",)),
    "feed emptied": ("log-unaccounted", ("truncate sample.feed",)),
    "log emptied": ("log-missing", ("truncate sample.event_log",)),
    "log and feed emptied": ("aggregate-version", ("truncate sample.event_log, sample.feed",)),
    "everything emptied": (
        "anchor",
        ("truncate sample.event_log, sample.feed, sample.thing",),
    ),
}


def filled(text: str) -> str:
    """Return the statement with the places it names."""
    for name, query in _NAMES.items():
        text = text.replace(name, query)
    return text
