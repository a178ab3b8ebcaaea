"""An event survives its way over the wire, byte for byte; whatever is no event is called one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import (
    MAX_SEQUENCE,
    Event,
    MalformedRecordError,
    Record,
    chain_hash,
    from_record,
    instant,
    to_document,
    to_record,
)

TEXT: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40
)
MOMENTS: Final = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]),
)
VALUES: Final = st.dictionaries(TEXT, st.one_of(TEXT, st.integers(-(2**53), 2**53), st.none()))
EVENTS: Final = st.builds(
    Event,
    id=st.uuids(),
    source=TEXT,
    topic=st.just("itsm.other.events"),
    key=st.uuids(),
    type=TEXT,
    sequence=st.integers(1, MAX_SEQUENCE),
    recorded_at=MOMENTS,
    occurred_at=MOMENTS,
    actor=TEXT,
    origin=st.none() | TEXT,
    correlation_id=st.none() | TEXT,
    causation_id=st.none() | st.uuids(),
    traceparent=st.none() | TEXT,
    data=VALUES.map(orjson.dumps),
)


@given(EVENTS)
def test_an_event_comes_back_as_it_went(event: Event) -> None:
    record = to_record(event)
    assert from_record(record) == event
    assert to_record(from_record(record)) == record
    assert record.value == event.data


@given(EVENTS)
def test_every_attribute_is_text_with_a_name_of_letters_and_digits(event: Event) -> None:
    for name, value in to_record(event).headers:
        assert isinstance(value, bytes)
        if name != "content-type":
            prefix, _, rest = name.partition("_")
            assert prefix == "ce"
            assert rest.isalnum()
            assert rest.islower()
    document = to_document(event)
    assert document["data"] == orjson.loads(event.data)
    assert str(document["time"]).endswith("Z")


@given(st.lists(st.integers(1, MAX_SEQUENCE), min_size=2, max_size=5))
def test_sequences_compare_as_text_as_they_do_as_numbers(numbers: list[int]) -> None:
    texts = [str(number).zfill(20) for number in numbers]
    assert sorted(texts) == [str(number).zfill(20) for number in sorted(numbers)]


@given(EVENTS, EVENTS)
def test_the_hash_covers_every_part_and_what_came_before(one: Event, other: Event) -> None:
    assert chain_hash(b"", one) == chain_hash(b"", replace(one))
    assert chain_hash(b"", one) != chain_hash(b"x", one)
    if one != other:
        assert chain_hash(b"", one) != chain_hash(b"", other)


def test_an_instant_of_another_zone_is_shown_in_utc() -> None:
    moment = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert instant(moment) == "2026-02-28T22:30:00.000000Z"


@given(
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.lists(
        st.tuples(
            st.sampled_from(
                ["ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence", "x"]
            ),
            st.binary(max_size=40),
        ),
        max_size=8,
    ),
)
def test_bytes_of_any_kind_are_malformed_and_nothing_worse(
    key: bytes, value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(MalformedRecordError):
        from_record(Record("itsm.other.events", key, value, tuple(headers)))
