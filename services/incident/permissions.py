"""Who may do what with incidents: one line per operation, roles as the domain names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.web import ANYONE

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
WORKERS: Final = frozenset(
    {
        "admin",
        "service_manager",
        "inner_service_owner",
        "resolver",
        "incident_manager",
        "major_incident_manager",
        "problem_manager",
        "on_call",
        "integration",
    }
)
MAJOR: Final = frozenset({"admin", "incident_manager", "major_incident_manager"})
KEEPERS: Final = frozenset({"admin", "service_manager", "incident_manager"})

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "declare_incident": WORKERS | CUSTOMERS,
    "list_incidents": STAFF | CUSTOMERS,
    "list_queue": STAFF,
    "read_incident": STAFF | CUSTOMERS,
    "read_incident_history": STAFF,
    "change_incident": WORKERS,
    "move_incident": WORKERS | CUSTOMERS,
    "move_major_incident": MAJOR,
    "record_milestone": WORKERS,
    "correct_milestones": WORKERS,
    "correct_time": WORKERS,
    "link_incident": WORKERS,
    "unlink_incident": WORKERS,
    "list_timeline": STAFF | CUSTOMERS,
    "comment_incident": WORKERS | CUSTOMERS,
    "read_incident_impact": STAFF | CUSTOMERS,
    "read_metrics": STAFF | CUSTOMERS,
    "list_clocks": STAFF | CUSTOMERS,
    "read_clock": STAFF | CUSTOMERS,
    "explain_clock": STAFF | CUSTOMERS,
    "read_clock_history": STAFF,
    "open_outage": WORKERS,
    "list_outages": STAFF | CUSTOMERS,
    "read_outage": STAFF | CUSTOMERS,
    "read_outage_history": STAFF,
    "change_outage": WORKERS,
    "vary_outage": WORKERS,
    "correct_outage": WORKERS,
    "move_outage": WORKERS,
    "read_availability": STAFF | CUSTOMERS,
    "read_priority_matrix": STAFF | CUSTOMERS,
    "replace_priority_matrix": KEEPERS,
    "register_routing_rule": KEEPERS,
    "list_routing_rules": STAFF,
    "read_routing_rule": STAFF,
    "read_routing_rule_history": STAFF,
    "change_routing_rule": KEEPERS,
    "move_routing_rule": KEEPERS,
    "register_integration": KEEPERS,
    "list_integrations": STAFF,
    "read_integration": STAFF,
    "change_integration": KEEPERS,
    "move_integration": KEEPERS,
    "rotate_integration_secret": KEEPERS,
    "list_signals": STAFF,
    "read_signal": STAFF,
    "take_in_alertmanager": ANYONE,
    "take_in_generic": ANYONE,
}
