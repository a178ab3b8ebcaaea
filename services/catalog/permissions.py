"""Who may do what in the catalog: one line per operation, roles as the domain names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STAFF: Final = frozenset(
    {
        "admin",
        "auditor",
        "service_manager",
        "inner_service_owner",
        "resolver",
        "incident_manager",
        "major_incident_manager",
        "problem_manager",
        "change_requester",
        "change_manager",
        "change_authority",
        "continuity_manager",
        "on_call",
        "integration",
    }
)
CUSTOMERS: Final = frozenset({"customer_user", "customer_representative"})
KEEPERS: Final = frozenset({"admin", "service_manager"})

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "register_team": KEEPERS,
    "list_teams": STAFF,
    "read_team": STAFF,
    "change_team": KEEPERS,
    "move_team": KEEPERS,
}
