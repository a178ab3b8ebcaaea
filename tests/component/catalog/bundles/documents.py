"""Pieces of bundles that tests send."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.component.catalog.desk import Desk

BUNDLES: Final = "/catalog/v1/bundles"
YAML: Final = {"content-type": "application/yaml"}
HEAD: Final = "apiVersion: itsm/v1\n"


async def send(desk: Desk, text: str, **params: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
    return await desk.keeper.post(BUNDLES, content=text.encode(), headers=YAML, params=params)


async def export(desk: Desk, kind: str = "") -> str:
    answer = await desk.keeper.get(BUNDLES, params={"kind": kind} if kind else {})
    assert answer.status_code == 200, answer.text
    return answer.text


def customer(key: str, **more: str) -> str:
    """Return a line of the list of customers."""
    rest = "".join(f", {name}: {value}" for name, value in more.items())
    usual = "time_zone: Europe/Berlin, language: de, currency: EUR"
    return f"- {{key: {key}, name: {key}, {usual}{rest}}}\n"


async def faults(desk: Desk, text: str) -> list[tuple[int, str]]:
    """Return line and pointer of each fault of a bundle that is refused."""
    before = await desk.facts()
    answer = await send(desk, text)
    assert answer.status_code == 422, answer.text
    document = answer.json()
    assert document["code"] == "bundle-refused"
    assert await desk.facts() == before
    return [(one["line"], one["pointer"]) for one in document["errors"]]
