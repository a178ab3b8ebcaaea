"""Customers, teams, suppliers and contacts as entries of a bundle."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.kind import Kind, Rows, Work, by_fields
from services.catalog.contacts import commands as contacts
from services.catalog.contacts.domain import TRANSITIONS as CONTACT_TRANSITIONS
from services.catalog.contacts.domain import ContactId
from services.catalog.contacts.queries import CONTACTS
from services.catalog.contacts.schemas import ChangeContact, ContactRecord, RegisterContact
from services.catalog.customers import commands as customers
from services.catalog.customers.domain import TRANSITIONS as CUSTOMER_TRANSITIONS
from services.catalog.customers.domain import CustomerId
from services.catalog.customers.queries import CUSTOMERS
from services.catalog.customers.schemas import ChangeCustomer, CustomerRecord, RegisterCustomer
from services.catalog.teams import commands as teams
from services.catalog.teams.domain import TRANSITIONS as TEAM_TRANSITIONS
from services.catalog.teams.domain import TeamId
from services.catalog.teams.queries import TEAMS
from services.catalog.teams.schemas import ChangeTeam, RegisterTeam, TeamRecord
from shared.db import Tx

RETIRED: Final = frozenset({"retired"})


async def _make_customer(tx: Tx, body: RegisterCustomer, work: Work) -> UUID:
    made = await customers.register_customer(
        tx,
        customer_id=CustomerId(work.new_id()),
        **dict(body),
        actor=work.actor,
        now=work.now,
    )
    return made.id


async def _revise_customer(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
    await customers.change_customer(
        tx,
        ref=record_id,
        expected_version=None,
        changes=changes.model_dump(exclude_unset=True),
        actor=work.actor,
        now=work.now,
    )


async def _move_customer(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await customers.move_customer(
        tx, ref=record_id, expected_version=None, to=to, actor=work.actor, now=work.now
    )


async def _make_team(tx: Tx, body: RegisterTeam, work: Work) -> UUID:
    made = await teams.register_team(
        tx, team_id=TeamId(work.new_id()), **dict(body), actor=work.actor, now=work.now
    )
    return made.id


async def _revise_team(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
    await teams.change_team(
        tx,
        team_id=TeamId(record_id),
        expected_version=None,
        changes=changes.model_dump(exclude_unset=True),
        actor=work.actor,
        now=work.now,
    )


async def _move_team(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await teams.move_team(
        tx,
        team_id=TeamId(record_id),
        expected_version=None,
        to=to,
        actor=work.actor,
        now=work.now,
    )


async def _make_contact(tx: Tx, body: RegisterContact, work: Work) -> UUID:
    made = await contacts.register_contact(
        tx, contact_id=ContactId(work.new_id()), **dict(body), actor=work.actor, now=work.now
    )
    return made.id


async def _revise_contact(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
    await contacts.change_contact(
        tx,
        contact_id=ContactId(record_id),
        expected_version=None,
        changes=changes.model_dump(exclude_unset=True),
        actor=work.actor,
        now=work.now,
    )


async def _move_contact(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await contacts.move_contact(
        tx,
        contact_id=ContactId(record_id),
        expected_version=None,
        to=to,
        actor=work.actor,
        now=work.now,
    )


CUSTOMER: Final = Kind(
    name="customer",
    model=RegisterCustomer,
    patch=ChangeCustomer,
    rows=Rows(
        CUSTOMERS,
        by_fields(CustomerRecord),
        present=CUSTOMERS.filters["status"] == "active",
    ),
    make=_make_customer,
    revise=_revise_customer,
    move=_move_customer,
    references=(Reference(("parent",), "parent_id", ("customer",)),),
    statuses=Statuses(CUSTOMER_TRANSITIONS, "active", endings=frozenset({"inactive"})),
)
TEAM: Final = Kind(
    name="team",
    model=RegisterTeam,
    patch=ChangeTeam,
    rows=Rows(TEAMS, by_fields(TeamRecord), present=TEAMS.filters["status"] == "active"),
    make=_make_team,
    revise=_revise_team,
    move=_move_team,
    statuses=Statuses(TEAM_TRANSITIONS, "active", endings=RETIRED),
)
CONTACT: Final = Kind(
    name="contact",
    model=RegisterContact,
    patch=ChangeContact,
    rows=Rows(CONTACTS, by_fields(ContactRecord), present=CONTACTS.filters["status"] == "active"),
    make=_make_contact,
    revise=_revise_contact,
    move=_move_contact,
    references=(
        Reference(("customer",), "customer_id", ("customer",)),
        Reference(("team",), "team_id", ("team",)),
        Reference(("supplier",), "supplier_id", ("supplier",)),
    ),
    statuses=Statuses(CONTACT_TRANSITIONS, "active", endings=RETIRED),
)
