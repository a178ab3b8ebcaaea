"""All kinds, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.catalog.bundles.domain.documents import LISTS
from services.catalog.bundles.kinds.agreements import AGREEMENT
from services.catalog.bundles.kinds.groups import REDUNDANCY_GROUP
from services.catalog.bundles.kinds.kind import Kind
from services.catalog.bundles.kinds.map import CONFIGURATION_ITEM, DEPENDENCY
from services.catalog.bundles.kinds.offerings import OFFERING, REQUEST_ITEM
from services.catalog.bundles.kinds.parties import CONTACT, CUSTOMER, TEAM
from services.catalog.bundles.kinds.services import SERVICE, SERVICE_USE
from services.catalog.bundles.kinds.suppliers import CALENDAR, SUPPLIER

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in sorted(
        (
            CALENDAR,
            CUSTOMER,
            TEAM,
            SUPPLIER,
            CONTACT,
            SERVICE,
            OFFERING,
            REQUEST_ITEM,
            CONFIGURATION_ITEM,
            DEPENDENCY,
            REDUNDANCY_GROUP,
            SERVICE_USE,
            AGREEMENT,
        ),
        key=lambda one: list(LISTS.values()).index(one.name),
    )
}
