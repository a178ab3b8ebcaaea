"""What a record's facts make of its clocks, old and new, given what agreements promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeAlias
from uuid import UUID

from services.incident.clocks.domain import (
    CLOCKED,
    Clock,
    ClockId,
    Reading,
    Record,
    Rules,
    Target,
    Terms,
)
from services.incident.clocks.engine.changes import Change, changes, void
from services.incident.clocks.engine.reading import Calendars, read
from services.incident.clocks.engine.spans import Span, spans
from services.incident.clocks.events import AgreementType, Metric
from services.incident.views.domain import KnownCalendar

Identity: TypeAlias = tuple[UUID, Metric, UUID, UUID | None, UUID | None, UUID | None]


@dataclass(frozen=True, slots=True)
class Offer:
    """A target that an agreement promises: to a customer, by a team or by a supplier.

    ``priority`` None is any; ``for_offering`` goes before a line for the whole service.
    """

    agreement_id: UUID
    agreement_type: AgreementType
    agreement_sequence: int
    metric: Metric
    service_id: UUID
    customer_id: UUID | None
    team_id: UUID | None
    supplier_id: UUID | None
    priority: int | None
    for_offering: bool
    target: Target

    @property
    def identity(self) -> Identity:
        """Return the identity of the clock that it is a target of."""
        return (
            self.agreement_id,
            self.metric,
            self.service_id,
            self.customer_id,
            self.team_id,
            self.supplier_id,
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """A clock after the facts, as it was before if it was, and what to tell of it."""

    clock: Clock
    before: Clock | None
    changes: tuple[Change, ...]


def priorities(record: Record) -> frozenset[int]:
    """Return every priority that a record has had."""
    return frozenset(one.priority for one in record.facts if one.priority is not None)


def supplier_of(offers: Sequence[Offer], record: Record) -> UUID | None:
    """Return the supplier that the record's own service rests on by contract, if one does."""
    return min(
        (
            one.supplier_id
            for one in offers
            if one.supplier_id is not None and one.service_id == record.service_id
        ),
        default=None,
    )


def wanted(record: Record, offers: Sequence[Offer]) -> dict[Identity, tuple[Offer, Terms]]:
    """Return the clocks that a record should have: by identity, an offer of each and its terms.

    Of several services of a customer that one agreement covers, the one that counts most has the
    clocks. For one priority a line for an offering goes before one for the service, and a line for
    that priority before one for any.
    """
    fitting = list(_fitting(record, offers))
    levels = priorities(record)
    taken: set[tuple[object, ...]] = set()
    found: dict[Identity, tuple[Offer, dict[int, Target | None]]] = {}
    for one in sorted(fitting, key=_rank):
        for level in levels if one.priority is None else levels & {one.priority}:
            place = (one.customer_id or one.identity, one.service_id, one.metric, level)
            if place not in taken:
                taken.add(place)
                _, terms = found.setdefault(one.identity, (one, dict.fromkeys(sorted(levels))))
                terms[level] = one.target
    return {identity: (one, terms) for identity, (one, terms) in found.items()}


def _rank(one: Offer) -> tuple[bool, bool, int, int]:
    return (
        not one.for_offering,
        one.priority is None,
        one.agreement_id.int,
        one.target.target_id.int,
    )


def _fitting(record: Record, offers: Sequence[Offer]) -> Iterator[Offer]:
    covers = record.covers
    places: dict[tuple[UUID, UUID], int] = {}
    for one in offers:
        if one.customer_id is not None and one.service_id in covers.get(one.customer_id, ()):
            place = covers[one.customer_id].index(one.service_id)
            key = (one.customer_id, one.agreement_id)
            places[key] = min(place, places.get(key, place))
    for one in offers:
        if one.metric not in CLOCKED[record.type]:
            continue
        if one.customer_id is None:
            if one.service_id == record.service_id:
                yield one
            continue
        place = places.get((one.customer_id, one.agreement_id), -1)
        if place >= 0 and covers[one.customer_id][place] == one.service_id:
            yield one


@dataclass(frozen=True)
class Case:
    """What clocks are settled by: the record and its facts, calendars, and the time.

    ``at`` is when the cause was so, ``now`` when it is noted; ``anew`` tells that it turned out
    otherwise than it was known, ``updated`` that it is a published update.
    """

    record: Record
    calendars: Mapping[UUID, KnownCalendar]
    at: datetime
    now: datetime
    anew: bool = False
    updated: bool = False

    def read(self, rules: Rules) -> Reading | None:
        """Return what a clock with these rules shows now."""
        supplier_id = self.record.supplier_id
        return read(self._spans, rules, self._hours, at=self.now, supplier_id=supplier_id)

    @cached_property
    def _spans(self) -> list[Span]:
        """Return how the record stood: the same for each of its clocks."""
        return spans(self.record.facts)

    @cached_property
    def _hours(self) -> Calendars:
        return {key: one.calendar for key, one in self.calendars.items()}


def settle(
    case: Case,
    clocks: Sequence[Clock],
    offers: Sequence[Offer] | None,
    *,
    new_ids: Iterator[ClockId],
) -> list[Settled]:
    """Return the clocks that show something new, with what to tell of each.

    ``offers`` None leaves the rules of the clocks as they are, and brings no new ones.
    """
    if offers is None:
        found = [_again(case, one, one) for one in clocks]
        return [one for one in found if one is not None]
    due = wanted(case.record, offers)
    found = []
    for clock in clocks:
        if clock.identity in due:
            offer, terms = due.pop(clock.identity)
            rules = replace(clock.rules, terms=terms, withdrawn_at=None)
            told = replace(clock, rules=rules, agreement_sequence=offer.agreement_sequence)
        else:
            since = clock.rules.withdrawn_at or case.at
            told = replace(clock, rules=replace(clock.rules, withdrawn_at=since))
        found.append(_again(case, clock, told))
    for offer, terms in due.values():
        found.append(_new(case, offer, terms, new_ids))
    return [one for one in found if one is not None]


def _again(case: Case, before: Clock, told: Clock) -> Settled | None:
    """Return a clock by rules that may be new; ``told`` is the clock with them."""
    shown = case.read(told.rules)
    began = shown is not None
    if shown is None:
        # By its facts it never began: it keeps its rules, and counts for nothing.
        shown, told = void(before.reading, at=case.at), replace(told, rules=before.rules)
    elif not case.anew and _stands(before.reading, shown):
        return None
    renewed = case.updated and told.rules.metric == "update"
    said = changes(before.reading, shown, at=case.at, anew=case.anew, renewed=renewed)
    if before.reading.state == "cancelled" == shown.state:
        # What counts for nothing has only the instant at which that became so.
        moved = before.reading.stopped_at != shown.stopped_at
        said = said if case.anew and began and moved else []
    version, sequence = _read_by(case, shown)
    after = replace(told, reading=shown, calendar_version=version, calendar_sequence=sequence)
    if not said and _kept_of(after) == _kept_of(before):
        return None
    version = before.version + len(said)
    return Settled(replace(after, version=version, updated_at=case.now), before, tuple(said))


def _kept_of(clock: Clock) -> tuple[object, ...]:
    """Return what must be written although there is nothing to tell."""
    return clock.rules, clock.calendar_sequence, clock.agreement_sequence, clock.reading.wake_at


def outdated(clock: Clock, newest: Mapping[UUID, int]) -> bool:
    """Tell whether a clock that may still move was last read by an older state of its calendar."""
    calendar_id = clock.reading.target.calendar_id
    if calendar_id is None or clock.reading.stopped_at is not None:
        return False
    return clock.calendar_sequence != newest.get(calendar_id)


def _stands(before: Reading, after: Reading) -> bool:
    """Tell whether a clock had ended and still has: it keeps the calendar it was judged by."""
    ended = before.stopped_at is not None and before.stopped_at == after.stopped_at
    return ended and (before.state == "cancelled") == (after.state == "cancelled")


def _new(case: Case, offer: Offer, terms: Terms, new_ids: Iterator[ClockId]) -> Settled | None:
    rules = Rules(offer.metric, terms, team_id=offer.team_id, supplier_id=offer.supplier_id)
    shown = case.read(rules)
    if shown is None:
        return None
    said = changes(None, shown, at=case.at)
    calendar_version, calendar_sequence = _read_by(case, shown)
    clock = Clock(
        id=next(new_ids),
        record_id=case.record.id,
        agreement_id=offer.agreement_id,
        agreement_type=offer.agreement_type,
        agreement_sequence=offer.agreement_sequence,
        service_id=offer.service_id,
        customer_id=offer.customer_id,
        rules=rules,
        reading=shown,
        calendar_version=calendar_version,
        calendar_sequence=calendar_sequence,
        version=len(said),
        created_at=case.now,
        updated_at=case.now,
    )
    return Settled(clock, None, tuple(said))


def _read_by(case: Case, shown: Reading) -> tuple[int | None, int | None]:
    """Return version and sequence of the calendar that a reading counts by, if there is one."""
    calendar_id = shown.target.calendar_id
    known = None if calendar_id is None else case.calendars.get(calendar_id)
    return (None, None) if known is None else (known.version, known.sequence)
