"""What can be done with the portfolio: ``services``, ``offerings``, ``items`` and ``uses``.

``cover`` is for the area of agreements, in the transaction in which one begins or ends.
"""

from __future__ import annotations

from services.catalog.portfolio.commands.cover import note_cover
from services.catalog.portfolio.commands.items import (
    change_request_item,
    publish_request_item,
    withdraw_request_item,
)
from services.catalog.portfolio.commands.offerings import (
    change_offering,
    draft_offering,
    move_offering,
)
from services.catalog.portfolio.commands.services import (
    change_service,
    move_service,
    propose_service,
)
from services.catalog.portfolio.commands.uses import end_service_use, start_service_use

__all__ = [
    "change_offering",
    "change_request_item",
    "change_service",
    "draft_offering",
    "end_service_use",
    "move_offering",
    "move_service",
    "note_cover",
    "propose_service",
    "publish_request_item",
    "start_service_use",
    "withdraw_request_item",
]
