"""Who may send signals, and what of it is taken in."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest

from tests.component.incident.desk import INTEGRATIONS, Body, Desk, alert, group


async def test_ten_thousand_alerts_in_one_body_are_kept(desk: Desk) -> None:
    await desk.service()
    integration = await desk.integration()
    annotations = {"summary": "Orders fail", "description": "x" * 300}
    storm = group(
        *(
            alert(f"{each:016x}", service="SVC0000001", annotations=annotations)
            for each in range(10_000)
        )
    )
    receipt = await desk.take(integration, storm)
    assert (receipt["fresh"], receipt["outcome"]) == (10_000, "declared")
    assert len((await desk.last("incident.declared"))["signal_ids"]) == 100
    (row,) = await desk.rows("select count(*) as signals from incident.signal")
    assert row["signals"] == 10_000


async def test_who_does_not_show_the_secret_is_not_let_in(desk: Desk) -> None:
    integration, other = await desk.integration(), await desk.integration()
    generic = await desk.integration("generic")
    path = integration["intake_path"]
    basic = base64.b64encode(f"alertmanager:{integration['secret']}".encode()).decode()
    wrong_basic = base64.b64encode(b"alertmanager:wrong").decode()
    token = desk.stage.token("admin")

    async def status(path: str, authorization: str | None, **send: Any) -> int:  # noqa: ANN401 - the client's own
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = await desk.nobody.post(path, headers=headers, **(send or {"json": group(alert())}))
        if answer.status_code == 401:
            assert answer.headers["content-type"] == "application/problem+json"
            assert "Bearer" in answer.headers["www-authenticate"]
        return answer.status_code

    assert await status(path, f"Basic {basic}") == 200
    assert await status(path, None) == 401
    for sent in (
        "Bearer wrong",
        "Bearer",
        f"Bearer {other['secret']}",
        f"Bearer {token}",
        f"Basic {wrong_basic}",
        "Basic %%%",
        f"Bearer {'x' * 5000}",
    ):
        assert await status(path, sent) == 401, sent
    assert await status(f"/incident/v1/intake/alertmanager/{uuid4()}", "Bearer x") == 401
    assert await status("/incident/v1/intake/alertmanager/nonsense", "Bearer x") == 401
    own_kind = f"/incident/v1/intake/alertmanager/{generic['id']}"
    assert await status(own_kind, f"Bearer {generic['secret']}") == 401
    assert await status(path, "Bearer wrong", json={"version": "4"}) == 401
    retired = await desk.staff.post(
        f"{INTEGRATIONS}/{integration['id']}/transitions",
        json={"to": "retired"},
        headers={"If-Match": '"1"'},
    )
    assert retired.status_code == 200
    assert await status(path, f"Basic {basic}") == 401


def _without(name: str) -> Body:
    body = group(alert())
    del body[name]
    return body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_without("groupKey"), 422),
        (_without("alerts"), 422),
        ({**group(alert()), "version": "3"}, 422),
        (group(alert(starts="yesterday")), 422),
        (group(alert(starts="2026-03-02T09:00:00")), 422),
        (group({**alert(), "labels": {"a": {"b": 1}}}), 422),
        (group(alert(severity="nul \x00")), 422),
        ([], 422),
        ("text", 422),
    ],
)
async def test_what_is_no_notification_is_refused(desk: Desk, body: Body, status: int) -> None:
    answer = await desk.send(await desk.integration(), body)
    assert answer.status_code == status, answer.text
    assert await desk.rows("select id from incident.signal") == []


@pytest.mark.parametrize(
    "odd",
    [
        group(alert(starts="0001-01-01T00:00:00Z")),
        group(alert(starts="9999-12-31T23:59:59Z")),
        group(alert(annotations={"summary": "two\nlines \x1b[31m", "description": "y" * 90_000})),
        group(alert(severity="?" * 500, service="'; drop table incident; --")),
        group({**alert(), "fingerprint": ""}),
        group(alert(), alert()),
        group(alert(), alert(status="resolved", ends="2026-03-02T10:00:00Z")),
        group(alert(status="resolved", ends="2026-03-02T08:00:00Z")),
        group(),
        group(alert(), key="k" * 90_000),
    ],
    ids=range(10),
)
async def test_what_is_odd_but_readable_is_taken_in_twice(desk: Desk, odd: Body) -> None:
    integration = await desk.integration()
    await desk.take(integration, odd)
    await desk.take(integration, odd)
    assert (await desk.facts()).count("incident.declared") <= 1


async def test_a_body_over_the_limit_is_refused(desk: Desk) -> None:
    integration = await desk.integration()
    answer = await desk.nobody.post(
        integration["intake_path"],
        content=b" " * (16 * 1024 * 1024 + 1),
        headers={
            "Authorization": f"Bearer {integration['secret']}",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 413
