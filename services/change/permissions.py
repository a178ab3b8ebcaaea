"""Who may do what with changes: one line per operation, roles as the domain names them."""

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
REQUESTERS: Final = frozenset(
    {
        "admin",
        "service_manager",
        "inner_service_owner",
        "resolver",
        "problem_manager",
        "change_requester",
        "change_manager",
    }
)
AUTHORITIES: Final = frozenset({"admin", "change_authority"})
"""Who may authorise or reject a change, though never one that they requested themselves."""

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "request_change": REQUESTERS,
    "list_changes": STAFF | CUSTOMERS,
    "read_change": STAFF | CUSTOMERS,
    "change_change": REQUESTERS,
    "move_change": REQUESTERS | AUTHORITIES,
    "read_change_history": STAFF,
}
