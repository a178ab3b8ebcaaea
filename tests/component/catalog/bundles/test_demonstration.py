"""The demonstration's bundle: a believable company that the catalogue takes, again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.demonstration import counted
from tests.component.catalog.bundles.documents import export, send
from tests.component.catalog.desk import Desk

BUNDLE: Final = Path(__file__).parents[4] / "services" / "demonstration.yaml"


async def test_the_demonstration_is_imported_whole_and_once(desk: Desk) -> None:
    text = BUNDLE.read_text(encoding="utf-8")
    answer = await send(desk, text)
    assert answer.status_code == 200, answer.text
    counts = {kind: counted["create"] for kind, counted in answer.json()["counts"].items()}
    assert counts == {
        "agreement": 6,
        "calendar": 3,
        "configuration_item": 40,
        "contact": 10,
        "customer": 2,
        "dependency": 70,
        "offering": 13,
        "redundancy_group": 9,
        "request_item": 3,
        "service": 12,
        "service_use": 7,
        "supplier": 2,
        "team": 4,
    }
    services = (await desk.keeper.get("/catalog/v1/services?limit=200")).json()["items"]
    assert {one["status"] for one in services} == {"operational"}
    agreements = (await desk.keeper.get("/catalog/v1/agreements?limit=200")).json()["items"]
    assert {(one["type"], one["status"]) for one in agreements} == {
        ("sla", "active"),
        ("ola", "active"),
        ("uc", "active"),
    }
    before = await desk.facts()
    for again in (text, await export(desk)):
        report = (await send(desk, again)).json()
        assert report["changes"] == [], report["changes"]
    assert await desk.facts() == before


def test_what_was_made_is_counted_in_words() -> None:
    made = {"calendar": 3, "team": 1, "dependency": 70, "redundancy_group": 9, "service_use": 1}
    assert [counted(number, kind) for kind, number in made.items()] == [
        "3 calendars",
        "1 team",
        "70 dependencies",
        "9 redundancy groups",
        "1 service use",
    ]
