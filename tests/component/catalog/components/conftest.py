"""A service and the items that it can rest on."""

from __future__ import annotations

import pytest

from tests.component.catalog.components.ground import Ground
from tests.component.catalog.desk import Desk


@pytest.fixture
async def ground(desk: Desk) -> Ground:
    return await Ground.of(desk)
