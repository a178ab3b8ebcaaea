"""A record that is no event of ours harms nobody: it is set aside with what it was."""

from __future__ import annotations

from uuid import uuid4

from shared.bus import Delivery
from shared.envelope import Record, to_record
from tests.support.inbox_rows import heard, parked
from tests.support.sample import Factory, deliveries, order


def hostile() -> dict[str, Record]:
    """Return records that are no events of ours, each from a good one."""
    good = to_record(order(uuid4()))

    def changed(name: str, value: bytes | None) -> Record:
        headers = [(n, v) for n, v in good.headers if n != name]
        if value is not None:
            headers.append((name, value))
        return Record(good.topic, good.key, good.value, tuple(headers))

    def valued(value: bytes) -> Record:
        return Record(good.topic, good.key, value, good.headers)

    records = {
        f"{name} {value!r}"[:60]: changed(name, value)
        for name, values in {
            "ce_id": (None, b"", b"7", b"\xff", b"\x00" * 16),
            "ce_subject": (None, b"x", str(uuid4()).encode()),
            "ce_sequence": (None, b"", b"one", b"0", b"-1", b"9" * 30, b"1e3", b"9" * 5000),
            "ce_time": (
                None,
                b"yesterday",
                b"2026-01-01T00:00:00",
                b"0001-01-01T00:00:00+14:00",
                b"9999-12-31T23:59:59-14:00",
            ),
            "ce_occurredat": (None, b"\x00"),
            "ce_actor": (None, b"\xff\xfe"),
            "ce_source": (None,),
            "ce_type": (None, b"\xff"),
            "ce_causationid": (b"me",),
        }.items()
        for value in values
    }
    records["no headers"] = Record(good.topic, good.key, good.value, ())
    records["a header without a value"] = Record(
        good.topic,
        good.key,
        good.value,
        (*good.headers, ("ce_time", None)),  # type: ignore[arg-type]  # foreign producers can
    )
    records["no key"] = Record(good.topic, b"", good.value, good.headers)
    records["binary key"] = Record(good.topic, b"\x00\xff\x80", good.value, good.headers)
    records["huge key"] = Record(good.topic, b"k" * 10_000, good.value, good.headers)
    for name, value in {
        "no value": b"",
        "null": b"null",
        "a list": b"[]",
        "cut": b'{"a": 1',
        "binary": bytes(range(256)),
        "deep": b"[" * 50_000,
        "NaN": b'{"a": NaN}',
        "wrong field": b'{"makes": 5}',
    }.items():
        records[name] = valued(value)
    return records


async def test_a_malformed_record_is_parked_once_and_others_go_on(sample: Factory) -> None:
    stage = await sample()
    admin = stage.http("admin")
    records = hostile()
    assert len(records) >= 40
    for number, (name, record) in enumerate(records.items()):
        good = uuid4()
        batch = [Delivery(record, 3, number), *deliveries(order(good, 1))]
        await stage.inbox.handle(batch)
        await stage.inbox.handle(batch)
        assert (await heard(stage))[number:] == [(good, 1)], name
        assert [row[1:] for row in await parked(stage)] == [("malformed", 0)], name
        (shown,) = (await admin.get("/sample/v1/parked")).json()["items"]
        address = f"/sample/v1/parked/{shown['id']}"
        assert (await admin.get(address)).status_code == 200, name
        assert (await admin.post(f"{address}/replay")).json()["code"] == "replay-failed", name
        assert (await admin.post(f"{address}/discard")).status_code == 200, name


async def test_another_malformed_record_at_the_same_place_is_parked_too(sample: Factory) -> None:
    stage = await sample()
    for value in (b"one", b"two"):
        await stage.inbox.handle([Delivery(Record("itsm.other.events", b"k", value, ()), 0, 0)])
    assert [reason for _, reason, _ in await parked(stage)] == ["malformed", "behind"]
