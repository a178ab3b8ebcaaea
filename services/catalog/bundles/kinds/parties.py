"""Customers, teams and contacts as entries of a bundle."""

from __future__ import annotations

from typing import Final

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.commands import make_by, move_by, revise_by
from services.catalog.bundles.kinds.kind import Kind, Rows, by_fields
from services.catalog.contacts import commands as contacts
from services.catalog.contacts.domain import TRANSITIONS as CONTACT_TRANSITIONS
from services.catalog.contacts.queries import CONTACTS
from services.catalog.contacts.schemas import ChangeContact, ContactRecord, RegisterContact
from services.catalog.customers import commands as customers
from services.catalog.customers.domain import TRANSITIONS as CUSTOMER_TRANSITIONS
from services.catalog.customers.queries import CUSTOMERS
from services.catalog.customers.schemas import ChangeCustomer, CustomerRecord, RegisterCustomer
from services.catalog.teams import commands as teams
from services.catalog.teams.domain import TRANSITIONS as TEAM_TRANSITIONS
from services.catalog.teams.queries import TEAMS
from services.catalog.teams.schemas import ChangeTeam, RegisterTeam, TeamRecord

RETIRED: Final = frozenset({"retired"})


CUSTOMER: Final = Kind(
    name="customer",
    model=RegisterCustomer,
    patch=ChangeCustomer,
    rows=Rows(
        CUSTOMERS,
        by_fields(CustomerRecord),
        present=CUSTOMERS.filters["status"] == "active",
    ),
    make=make_by(customers.register_customer, "customer_id"),
    revise=revise_by(customers.change_customer, "ref"),
    move=move_by(customers.move_customer, "ref"),
    references=(Reference(("parent",), "parent_id", ("customer",)),),
    statuses=Statuses(CUSTOMER_TRANSITIONS, "active", endings=frozenset({"inactive"})),
)
TEAM: Final = Kind(
    name="team",
    model=RegisterTeam,
    patch=ChangeTeam,
    rows=Rows(TEAMS, by_fields(TeamRecord), present=TEAMS.filters["status"] == "active"),
    make=make_by(teams.register_team, "team_id"),
    revise=revise_by(teams.change_team, "team_id"),
    move=move_by(teams.move_team, "team_id"),
    statuses=Statuses(TEAM_TRANSITIONS, "active", endings=RETIRED),
)
CONTACT: Final = Kind(
    name="contact",
    model=RegisterContact,
    patch=ChangeContact,
    rows=Rows(CONTACTS, by_fields(ContactRecord), present=CONTACTS.filters["status"] == "active"),
    make=make_by(contacts.register_contact, "contact_id"),
    revise=revise_by(contacts.change_contact, "contact_id"),
    move=move_by(contacts.move_contact, "contact_id"),
    references=(
        Reference(("customer",), "customer_id", ("customer",)),
        Reference(("team",), "team_id", ("team",)),
        Reference(("supplier",), "supplier_id", ("supplier",)),
    ),
    statuses=Statuses(CONTACT_TRANSITIONS, "active", endings=RETIRED),
)
