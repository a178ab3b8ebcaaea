"""Who may do what in the catalog: one line per operation, roles as the domain names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.auth import Actor
from shared.errors import DomainError, Kind

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
SERVICE_KEEPERS: Final = KEEPERS | {"inner_service_owner"}
EVERYBODY: Final = STAFF | CUSTOMERS

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "register_customer": KEEPERS,
    "list_customers": EVERYBODY,
    "read_customer": EVERYBODY,
    "change_customer": KEEPERS,
    "move_customer": KEEPERS,
    "register_contact": KEEPERS,
    "list_contacts": EVERYBODY,
    "read_contact": EVERYBODY,
    "change_contact": KEEPERS,
    "move_contact": KEEPERS,
    "register_team": KEEPERS,
    "list_teams": STAFF,
    "read_team": STAFF,
    "change_team": KEEPERS,
    "move_team": KEEPERS,
    "declare_dependency": SERVICE_KEEPERS,
    "list_dependencies": STAFF,
    "read_dependency": STAFF,
    "change_dependency": SERVICE_KEEPERS,
    "move_dependency": SERVICE_KEEPERS,
    "propose_service": SERVICE_KEEPERS,
    "list_services": EVERYBODY,
    "read_service": EVERYBODY,
    "change_service": SERVICE_KEEPERS,
    "move_service": SERVICE_KEEPERS,
    "start_service_use": KEEPERS,
    "list_service_uses": EVERYBODY,
    "read_service_use": EVERYBODY,
    "move_service_use": KEEPERS,
}


class ProviderOnlyError(DomainError):
    """The provider's own matter, and the caller speaks for a customer."""

    code = "provider-only"
    kind = Kind.FORBIDDEN
    title = "Only the provider's own people may do this"


def is_bounded(actor: Actor) -> bool:
    """Tell whether an actor sees only what is its customer's, whatever other roles it has.

    Staff and the platform itself are not bounded; a customer's role without a customer is, and
    then sees nothing.
    """
    if actor.customer_id is not None:
        return True
    return actor.has_any(CUSTOMERS) and not actor.has_any(STAFF)


def require_provider(actor: Actor) -> None:
    """Check that an actor acts for the provider, before anything is looked up.

    Raises:
        ProviderOnlyError: its token is bound to a customer.
    """
    if is_bounded(actor):
        raise ProviderOnlyError("Your token is bound to a customer; this is the provider's matter.")
