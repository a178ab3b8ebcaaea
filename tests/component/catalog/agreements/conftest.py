"""A customer and a service to agree about."""

from __future__ import annotations

import pytest

from tests.component.catalog.agreements.promising import Parties
from tests.component.catalog.desk import Desk


@pytest.fixture
async def parties(desk: Desk) -> Parties:
    return await Parties.found(desk)
