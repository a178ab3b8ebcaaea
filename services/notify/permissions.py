"""Who may do what in notify: one line per operation, roles as the domain names them."""

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
SENDERS: Final = frozenset({"admin", "service_manager", "incident_manager"})
CONNECTORS: Final = frozenset({"admin", "integration"})

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "list_rules": STAFF,
    "read_rule": STAFF,
    "change_rule": KEEPERS,
    "move_rule": KEEPERS,
    "register_webhook_endpoint": CONNECTORS,
    "list_webhook_endpoints": CONNECTORS | {"auditor"},
    "read_webhook_endpoint": CONNECTORS | {"auditor"},
    "change_webhook_endpoint": CONNECTORS,
    "move_webhook_endpoint": CONNECTORS,
    "rotate_webhook_secret": CONNECTORS,
    "list_notifications": STAFF | CUSTOMERS,
    "read_notification": STAFF | CUSTOMERS,
    "explain_notification": STAFF | CUSTOMERS,
    "move_notification": SENDERS,
    "list_deliveries": STAFF,
}
