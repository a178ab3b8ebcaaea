"""Registering routing rules in tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.component.incident.desk import Body, Desk

RULES = "/incident/v1/routing-rules"


async def try_rule(desk: Desk, team: UUID | None = None, **fields: Any) -> httpx.Response:  # noqa: ANN401 - any field
    """Ask for a rule with a name of its own, for every incident unless ``fields`` say otherwise."""
    body = {"name": f"Rule {uuid4().hex[:8]}", "position": 100, "team_id": str(team), **fields}
    return await desk.staff.post(RULES, json=body)


async def register_rule(desk: Desk, team: UUID, **fields: Any) -> Body:  # noqa: ANN401 - any field
    answer = await try_rule(desk, team, **fields)
    assert answer.status_code == 201, answer.text
    found: Body = answer.json()
    return found


async def try_change(desk: Desk, rule: Body, **changes: Any) -> httpx.Response:  # noqa: ANN401 - any field
    return await desk.staff.patch(
        f"{RULES}/{rule['id']}", json=changes, headers={"If-Match": f'"{rule["version"]}"'}
    )


async def try_to(desk: Desk, rule: Body, to: str) -> httpx.Response:
    return await desk.staff.post(
        f"{RULES}/{rule['id']}/transitions",
        json={"to": to},
        headers={"If-Match": f'"{rule["version"]}"'},
    )
