"""What an agreement promises line by line, in which time; and who is covered at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.agreements.domain.agreement import Agreement, AgreementId
from services.catalog.agreements.domain.terms import Cover, Scope
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId


@dataclass(frozen=True, slots=True)
class Line:
    """A promise for one service or offering, record type and priority (None is any).

    From ``valid_from`` until just before ``valid_to``, with no end in sight where that is None.
    ``cover_number`` is the place of the cover it came from, in its version.
    """

    agreement_version: int
    cover_number: int
    customer_ids: tuple[CustomerId, ...]
    service_id: ServiceId
    offering_id: OfferingId | None
    record_type: RecordType
    priority: int | None
    target_ids: tuple[UUID, ...]
    calendar_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A line of an agreement as the question for cover finds it."""

    agreement_id: AgreementId
    agreement_version: int
    cover_number: int
    offering_id: OfferingId | None
    record_type: RecordType
    priority: int | None
    valid_from: datetime
    valid_to: datetime | None

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What covers somebody at an instant; ``by`` is None where nothing does.

    ``also`` holds further lines that cover them then and stand behind it. ``until`` is the end of
    the cover by whatever line follows the other without a gap, None if no end is in sight.
    """

    by: Held | None
    also: tuple[Held, ...]
    until: datetime | None


def resolve(agreement: Agreement) -> tuple[Line, ...]:
    """Return the lines of all versions, whatever the agreement's status.

    A version holds from its beginning until the next one that begins, so of several that would
    hold at an instant the newest does; the last ends with the agreement. One that never holds has
    no lines.
    """
    return tuple(
        Line(
            agreement_version=version.agreement_version,
            cover_number=number,
            customer_ids=version.customer_ids,
            service_id=scope.service_id,
            offering_id=scope.offering_id,
            record_type=record_type,
            priority=priority,
            target_ids=tuple(target.target_id for target in cover.targets),
            calendar_id=cover.calendar_id,
            valid_from=begins,
            valid_to=ends,
        )
        for version, begins, ends in agreement.windows()
        for number, cover in enumerate(version.terms.covers)
        for scope, record_type, priority in _cells(cover)
    )


def count_lines(agreement: Agreement) -> int:
    """Return how many lines ``resolve`` would return."""
    return sum(
        len(cover.scopes) * len(cover.record_types) * max(1, len(cover.priorities))
        for version, _, _ in agreement.windows()
        for cover in version.terms.covers
    )


def covered(lines: Iterable[Line], *, since: datetime) -> frozenset[Scope]:
    """Return the services and offerings with a line that holds at an instant or later."""
    return frozenset(
        Scope(line.service_id, line.offering_id)
        for line in lines
        if line.valid_to is None or line.valid_to > since
    )


def entitlement(
    lines: Sequence[Held],
    *,
    offering_id: OfferingId | None,
    record_type: RecordType,
    priority: int | None,
    at: datetime,
) -> Entitlement:
    """Say what covers a customer for a service, of all lines for the two.

    A line for an offering goes before one for the service as a whole. With ``offering_id`` only
    lines for that offering and for the whole service count; without, all of the service's do, and
    of two offerings the one that has been covered longer goes first. Without ``priority`` only
    lines for any priority count.
    """
    fitting = [
        line
        for line in lines
        if line.record_type == record_type
        and line.priority in (None, priority)
        and (offering_id is None or line.offering_id in (None, offering_id))
    ]
    holding = sorted((line for line in fitting if line.holds(at)), key=_rank)
    if not holding:
        return Entitlement(by=None, also=(), until=None)
    until = holding[0].valid_to
    while until is not None:
        following = [line for line in fitting if line.holds(until)]
        if not following:
            break
        until = min(following, key=_rank).valid_to
    return Entitlement(by=holding[0], also=tuple(holding[1:]), until=until)


def _rank(line: Held) -> tuple[bool, datetime, str]:
    """Put lines of offerings first, then by beginning; the id only keeps the order stable."""
    return (line.offering_id is None, line.valid_from, str(line.offering_id))


def _cells(cover: Cover) -> Iterable[tuple[Scope, RecordType, int | None]]:
    priorities: tuple[int | None, ...] = cover.priorities or (None,)
    for scope in cover.scopes:
        for record_type in cover.record_types:
            for priority in priorities:
                yield scope, record_type, priority
