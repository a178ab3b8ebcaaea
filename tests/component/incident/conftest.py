"""One incident service for each test, with nothing in it."""

from __future__ import annotations

import pytest

from tests.component.incident.desk import Desk
from tests.support.app import Factory


@pytest.fixture
async def desk(platform: Factory) -> Desk:
    return Desk(await platform("incident"))
