"""Who is covered: the answer from the lines against a naive reading of the versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import Agreement
from services.catalog.agreements.domain.lines import Held, covered, entitlement, resolve
from services.catalog.agreements.domain.terms import Cover, Scope, Terms
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId
from tests.unit.catalog.agreements.making import (
    CUSTOMERS,
    OFFERINGS,
    RECORD_TYPES,
    SERVICES,
    START,
    active,
    cover,
    covers,
    day,
)

Found = tuple[int, int]
"""A version and a cover's place in it."""
DAYS = st.integers(-2, 42)


@st.composite
def amended_agreements(draw: st.DrawFn) -> Agreement:
    """Return an agreement with some versions, and perhaps an end."""
    valid_to = draw(st.none() | st.integers(30, 40).map(day))
    customers = tuple(draw(st.lists(st.sampled_from(CUSTOMERS), min_size=1, unique=True)))
    agreement = active(*draw(covers()), customers=customers, valid_to=valid_to)
    for _ in range(draw(st.integers(0, 3))):
        customers = tuple(draw(st.lists(st.sampled_from(CUSTOMERS), min_size=1, unique=True)))
        agreement, _ = life.amend(
            agreement,
            {"terms": Terms(draw(covers())), "customer_ids": customers},
            valid_from=day(draw(st.integers(0, 29))),
            now=START,
        )
    if draw(st.booleans()):
        agreement, _ = life.move(agreement, "terminated", now=day(draw(st.integers(0, 29))))
    return agreement


def naive(
    agreement: Agreement,
    *,
    customer: CustomerId,
    service: ServiceId,
    offering: OfferingId | None,
    record_type: RecordType,
    priority: int,
    at: datetime,
) -> Found | None:
    """Read the versions from the newest back to the first that had begun, and then its covers."""
    if agreement.valid_to is not None and at >= agreement.valid_to:
        return None
    for version in reversed(agreement.versions):
        if version.valid_from > at:
            continue
        if customer not in version.customer_ids:
            return None
        mine = [OFFERINGS[SERVICES.index(service)]]
        wanted: list[OfferingId | None] = [*(mine if offering in (None, *mine) else []), None]
        for scope in wanted:
            for place, one in enumerate(version.terms.covers):
                named = one.service_ids if scope is None else one.offering_ids
                if (
                    (service if scope is None else scope) in named
                    and record_type in one.record_types
                    and (not one.priorities or priority in one.priorities)
                ):
                    return version.agreement_version, place
        return None
    return None


def held(agreement: Agreement, customer: CustomerId, service: ServiceId) -> list[Held]:
    return [
        Held(
            agreement_id=agreement.id,
            agreement_version=line.agreement_version,
            cover_number=line.cover_number,
            offering_id=line.offering_id,
            record_type=line.record_type,
            priority=line.priority,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
        )
        for line in resolve(agreement)
        if customer in line.customer_ids and line.service_id == service
    ]


@settings(max_examples=400)
@given(
    agreement=amended_agreements(),
    customer=st.sampled_from(CUSTOMERS),
    service=st.sampled_from(SERVICES),
    offering=st.sampled_from([None, *OFFERINGS]),
    record_type=st.sampled_from(RECORD_TYPES),
    priority=st.integers(1, 3),
    moment=DAYS,
)
def test_the_lines_entitle_exactly_as_the_versions_read(
    *,
    agreement: Agreement,
    customer: CustomerId,
    service: ServiceId,
    offering: OfferingId | None,
    record_type: RecordType,
    priority: int,
    moment: int,
) -> None:
    lines = held(agreement, customer, service)

    def ask(at: datetime) -> tuple[Found | None, datetime | None]:
        found = entitlement(
            lines, offering_id=offering, record_type=record_type, priority=priority, at=at
        )
        by = found.by
        return (by and (by.agreement_version, by.cover_number)) or None, found.until

    def read(at: datetime) -> Found | None:
        return naive(
            agreement,
            customer=customer,
            service=service,
            offering=offering,
            record_type=record_type,
            priority=priority,
            at=at,
        )

    by, until = ask(day(moment))
    assert by == read(day(moment))
    # Everything here begins and ends at midnight, so a walk by days sees each end.
    walked = [day(number) for number in range(moment, 44)]
    uncovered = [at for at in walked if read(at) is None]
    if by is None:
        assert until is None
    else:
        assert until == (uncovered[0] if uncovered else None)


@given(agreement=amended_agreements(), since=DAYS)
def test_what_is_covered_from_now_on_is_what_some_later_line_names(
    agreement: Agreement, since: int
) -> None:
    expected = {
        Scope(line.service_id, line.offering_id)
        for line in resolve(agreement)
        if line.valid_to is None or line.valid_to > day(since)
    }
    assert covered(resolve(agreement), since=day(since)) == expected


def asked(lines: Sequence[Held], **question: object) -> tuple[object, list[object]]:
    given = {"offering_id": None, "record_type": "incident", "priority": 1, "at": day(1)}
    found = entitlement(lines, **{**given, **question})  # type: ignore[arg-type]  # by name
    by = None if found.by is None else found.by.offering_id or "service"
    return by, [one.offering_id or "service" for one in found.also]


def test_an_offering_goes_before_its_service_and_others_stand_behind() -> None:
    both: tuple[Cover, ...] = (cover(SERVICES[0]), cover(offerings=(OFFERINGS[0],)))
    lines = held(active(*both), CUSTOMERS[0], SERVICES[0])
    assert asked(lines) == (OFFERINGS[0], ["service"])
    assert asked(lines, offering_id=OFFERINGS[0]) == (OFFERINGS[0], ["service"])
    assert asked(lines, offering_id=OFFERINGS[1]) == ("service", [])


def test_without_a_priority_only_lines_for_any_count() -> None:
    some = held(active(cover(SERVICES[0], priorities=(1,))), CUSTOMERS[0], SERVICES[0])
    assert asked(some) == ("service", [])
    assert asked(some, priority=None) == (None, [])
    whole = held(active(cover(SERVICES[0])), CUSTOMERS[0], SERVICES[0])
    assert asked(whole, priority=None) == ("service", [])
