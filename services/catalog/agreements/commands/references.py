"""Whether everything that an agreement names exists and is active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.catalog.agreements.domain.agreement import Agreement, Version
from services.catalog.agreements.domain.terms import Cover
from services.catalog.agreements.tables import agreements as tables
from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.queries import calendar_status
from services.catalog.customers.queries import customer_status
from services.catalog.portfolio import queries as portfolio
from services.catalog.suppliers.domain import SupplierId
from services.catalog.suppliers.queries import supplier_status
from services.catalog.teams.domain import TeamId
from services.catalog.teams.queries import team_status
from shared.db import Tx
from shared.errors import DomainError, Kind


class AgreementReferenceError(DomainError):
    """Something that the agreement names does not exist, or is active no longer."""

    code = "agreement-reference-invalid"
    kind = Kind.INVALID
    title = "The agreement names something that is not there"


async def with_services(tx: Tx, covers: Sequence[Cover]) -> tuple[Cover, ...]:
    """Return covers with the services that their offerings belong to.

    Raises:
        AgreementReferenceError: an offering does not exist.
    """
    wanted = {offering for cover in covers for offering in cover.offering_ids}
    known = await portfolio.services_of_offerings(tx, offering_ids=wanted) if wanted else {}
    for number, cover in enumerate(covers):
        for place, offering_id in enumerate(cover.offering_ids):
            if offering_id not in known:
                _refuse("offering", offering_id, f"/covers/{number}/offering_ids/{place}")
    return tuple(
        replace(cover, offering_services=tuple(known[one] for one in cover.offering_ids))
        for cover in covers
    )


async def require_references(tx: Tx, agreement: Agreement) -> None:
    """Check the parties, parents and newest terms of an agreement.

    Raises:
        AgreementReferenceError: something does not exist, or is active no longer; or a parent
            rests on this agreement.
    """
    await _require_parties(tx, agreement)
    await _require_parents(tx, agreement)
    await _require_covered(tx, agreement.newest)
    await _require_calendars(tx, agreement.newest)


async def _require_parties(tx: Tx, agreement: Agreement) -> None:
    for place, customer_id in enumerate(agreement.customer_ids):
        if await customer_status(tx, customer_id=customer_id) != "active":
            _refuse("customer", customer_id, f"/customer_ids/{place}")
    team_id, supplier_id = agreement.team_id, agreement.supplier_id
    if team_id is not None and await team_status(tx, team_id=TeamId(team_id)) != "active":
        _refuse("team", team_id, "/team_id")
    if supplier_id is not None:
        status = await supplier_status(tx, supplier_id=SupplierId(supplier_id))
        if status != "active":
            _refuse("supplier", supplier_id, "/supplier_id")


async def _require_parents(tx: Tx, agreement: Agreement) -> None:
    parents = agreement.parent_agreement_ids
    if not parents:
        return
    known = await tables.known_agreements(tx, parents)
    for place, parent_id in enumerate(parents):
        if parent_id not in known:
            _refuse("agreement", parent_id, f"/parent_agreement_ids/{place}")
    if await tables.rests_on(tx, agreement.id, parents):
        detail = "One of them rests on this agreement already, perhaps through others."
        raise AgreementReferenceError(detail, pointer="/parent_agreement_ids")


async def _require_covered(tx: Tx, version: Version) -> None:
    terms = version.terms
    offerings = {offering for cover in terms.covers for offering in cover.offering_ids}
    phases = await portfolio.service_phases(tx, service_ids=terms.service_ids)
    statuses = await portfolio.offering_statuses(tx, offering_ids=offerings) if offerings else {}
    for number, cover in enumerate(terms.covers):
        for place, service_id in enumerate(cover.service_ids):
            if phases.get(service_id, "retired") == "retired":
                _refuse("service", service_id, f"/covers/{number}/service_ids/{place}")
        for place, offering_id in enumerate(cover.offering_ids):
            if statuses.get(offering_id) != "published":
                _refuse("offering", offering_id, f"/covers/{number}/offering_ids/{place}")


async def _require_calendars(tx: Tx, version: Version) -> None:
    places: dict[UUID, str] = {}
    for number, cover in enumerate(version.terms.covers):
        if cover.calendar_id is not None:
            places.setdefault(cover.calendar_id, f"/covers/{number}/calendar_id")
        for place, target in enumerate(cover.targets):
            if target.calendar_id is not None:
                at = f"/covers/{number}/targets/{place}/calendar_id"
                places.setdefault(target.calendar_id, at)
    for calendar_id, pointer in places.items():
        if await calendar_status(tx, calendar_id=CalendarId(calendar_id)) != "active":
            _refuse("calendar", calendar_id, pointer)


def _refuse(what: str, named: UUID, pointer: str) -> None:
    word = "published" if what == "offering" else "active"
    word = "" if what == "agreement" else f"{word} "
    raise AgreementReferenceError(f"There is no {word}{what} {named}.", pointer=pointer)
