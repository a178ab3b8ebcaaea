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
    "import_bundle": KEEPERS,
    "export_bundle": STAFF,
    "create_calendar": KEEPERS,
    "list_calendars": STAFF,
    "read_calendar": STAFF,
    "read_calendar_history": STAFF,
    "list_calendar_versions": STAFF,
    "read_calendar_version": STAFF,
    "tell_open_time": STAFF,
    "tell_deadline": STAFF,
    "change_calendar": KEEPERS,
    "move_calendar": KEEPERS,
    "register_customer": KEEPERS,
    "list_customers": EVERYBODY,
    "read_customer": EVERYBODY,
    "read_customer_history": STAFF,
    "change_customer": KEEPERS,
    "move_customer": KEEPERS,
    "register_contact": KEEPERS,
    "list_contacts": EVERYBODY,
    "read_contact": EVERYBODY,
    "read_contact_history": STAFF,
    "change_contact": KEEPERS,
    "move_contact": KEEPERS,
    "register_supplier": KEEPERS,
    "list_suppliers": STAFF,
    "read_supplier": STAFF,
    "read_supplier_history": STAFF,
    "change_supplier": KEEPERS,
    "move_supplier": KEEPERS,
    "register_team": KEEPERS,
    "list_teams": STAFF,
    "read_team": STAFF,
    "read_team_history": STAFF,
    "change_team": KEEPERS,
    "move_team": KEEPERS,
    "list_service_health": EVERYBODY,
    "read_service_health": EVERYBODY,
    "read_impact": STAFF,
    "read_impact_probability": STAFF,
    "list_dependency_cycles": STAFF,
    "register_configuration_item": SERVICE_KEEPERS,
    "list_configuration_items": STAFF,
    "read_configuration_item": STAFF,
    "read_configuration_item_history": STAFF,
    "change_configuration_item": SERVICE_KEEPERS,
    "move_configuration_item": SERVICE_KEEPERS,
    "define_redundancy_group": SERVICE_KEEPERS,
    "list_redundancy_groups": STAFF,
    "read_redundancy_group": STAFF,
    "read_redundancy_group_history": STAFF,
    "change_redundancy_group": SERVICE_KEEPERS,
    "move_redundancy_group": SERVICE_KEEPERS,
    "declare_dependency": SERVICE_KEEPERS,
    "list_dependencies": STAFF,
    "read_dependency": STAFF,
    "read_dependency_history": STAFF,
    "change_dependency": SERVICE_KEEPERS,
    "move_dependency": SERVICE_KEEPERS,
    "propose_service": SERVICE_KEEPERS,
    "list_services": EVERYBODY,
    "read_service": EVERYBODY,
    "read_service_history": STAFF,
    "change_service": SERVICE_KEEPERS,
    "move_service": SERVICE_KEEPERS,
    "draft_offering": SERVICE_KEEPERS,
    "list_offerings": EVERYBODY,
    "read_offering": EVERYBODY,
    "read_offering_history": STAFF,
    "change_offering": SERVICE_KEEPERS,
    "move_offering": SERVICE_KEEPERS,
    "publish_request_item": SERVICE_KEEPERS,
    "list_request_items": EVERYBODY,
    "read_request_item": EVERYBODY,
    "read_request_item_history": STAFF,
    "change_request_item": SERVICE_KEEPERS,
    "move_request_item": SERVICE_KEEPERS,
    "check_form": EVERYBODY,
    "read_catalogue": EVERYBODY,
    "draft_agreement": KEEPERS,
    "list_agreements": EVERYBODY,
    "read_agreement": EVERYBODY,
    "read_agreement_history": STAFF,
    "list_agreement_versions": EVERYBODY,
    "change_agreement": KEEPERS,
    "move_agreement": KEEPERS,
    "amend_agreement": KEEPERS,
    "read_entitlement": EVERYBODY,
    "start_service_use": KEEPERS,
    "list_service_uses": EVERYBODY,
    "read_service_use": EVERYBODY,
    "read_service_use_history": STAFF,
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
