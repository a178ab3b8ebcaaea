"""Import and export undo each other, whatever a catalogue holds and wherever it came from."""

from __future__ import annotations

import json
import random
from typing import Any

import asyncpg
import pytest

from tests.component.catalog.bundles.catalogues import random_catalogue
from tests.component.catalog.bundles.documents import export, send
from tests.component.catalog.desk import Desk
from tests.support.postgres import Database

SEEDS = range(12)


async def run(database: Database, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_export_imported_into_an_empty_database_is_exported_as_it_was(
    desk: Desk, database: Database, seed: int
) -> None:
    rng = random.Random(seed)
    text = json.dumps(random_catalogue(rng))  # JSON is YAML
    answer = await send(desk, text)
    assert answer.status_code == 200, answer.text
    # Some records as if nobody had imported them: an export then names them by their ids.
    await run(database, "delete from catalog.bundle_entry where right(key, 1) = $1", str(seed % 4))
    exported = await export(desk)
    before = await desk.facts()
    unchanged = await send(desk, exported)
    assert unchanged.status_code == 200, unchanged.text
    assert _actions(unchanged.json()) <= {"unchanged"}
    assert await desk.facts() == before
    await run(database, "select cleaner.restore()")
    again = await send(desk, exported)
    assert again.status_code == 200, again.text
    assert "unchanged" not in _actions(again.json())
    assert await export(desk) == exported


def _actions(report: dict[str, Any]) -> set[str]:
    return {action for counts in report["counts"].values() for action in counts}
