"""Terms that are sound, and those that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import (
    AgreementPartiesError,
    AgreementPeriodError,
)
from services.catalog.agreements.domain.lines import resolve
from services.catalog.agreements.domain.state import MAX_STATE_BYTES, AgreementTooLargeError
from services.catalog.agreements.domain.terms import (
    MAX_SECONDS,
    Cover,
    Penalty,
    Target,
    Terms,
    TermsInvalidError,
    require_sound,
)
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import ServiceId
from shared.money import Money
from tests.unit.catalog.agreements.making import (
    CUSTOMERS,
    OFFERINGS,
    SERVICES,
    START,
    active,
    cover,
    covers,
    day,
    written,
)

AVAILABLE = Target("availability", percent="99.9", period="month")
EURO = Money(100, "EUR")


@given(covers())
def test_terms_that_promise_nothing_twice_are_sound(found: tuple[Cover, ...]) -> None:
    require_sound(Terms(found))


@given(covers())
def test_there_is_a_line_for_each_cell_of_each_cover_and_no_other(
    found: tuple[Cover, ...],
) -> None:
    lines = resolve(active(*found, customers=tuple(CUSTOMERS)))
    cells = [
        (place, scope.service_id, scope.offering_id, record_type, priority)
        for place, one in enumerate(found)
        for scope in one.scopes
        for record_type in one.record_types
        for priority in one.priorities or (None,)
    ]
    assert [
        (one.cover_number, one.service_id, one.offering_id, one.record_type, one.priority)
        for one in lines
    ] == cells
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize(
    ("target", "pointer"),
    [
        (Target("response"), "seconds"),
        (Target("response", seconds=0), "seconds"),
        (Target("response", seconds=MAX_SECONDS + 1), "seconds"),
        (Target("response", seconds=1, percent="50"), "percent"),
        (Target("response", seconds=1, period="year"), "period"),
        (replace(AVAILABLE, percent=None), "percent"),
        (replace(AVAILABLE, percent="0"), "percent"),
        (replace(AVAILABLE, percent="0.000"), "percent"),
        (replace(AVAILABLE, percent="100.1"), "percent"),
        (replace(AVAILABLE, percent="NaN"), "percent"),
        (replace(AVAILABLE, percent="-1"), "percent"),
        (replace(AVAILABLE, percent="1e1"), "percent"),
        (replace(AVAILABLE, period=None), "period"),
        (replace(AVAILABLE, seconds=60), "seconds"),
        (replace(AVAILABLE, pause_on=("awaiting_caller",)), "pause_on"),
        (Target("rto", seconds=60, runs_only_on=("awaiting_caller",)), "runs_only_on"),
        (Target("response", seconds=1, pause_on=("awaiting_caller",) * 2), "pause_on"),
        (
            Target(
                "response",
                seconds=1,
                pause_on=("awaiting_supplier",),
                runs_only_on=("awaiting_supplier",),
            ),
            "pause_on",
        ),
        (Target("response", seconds=1, thresholds=()), "thresholds"),
        (Target("response", seconds=1, thresholds=(0,)), "thresholds"),
        (Target("response", seconds=1, thresholds=(1001,)), "thresholds"),
        (Target("response", seconds=1, thresholds=(75, 50)), "thresholds"),
        (Target("response", seconds=1, thresholds=(50, 50)), "thresholds"),
    ],
)
def test_a_target_that_cannot_be_is_refused_at_its_place(target: Target, pointer: str) -> None:
    with pytest.raises(TermsInvalidError) as refused:
        require_sound(Terms((cover(SERVICES[0], targets=(target,)),)))
    assert refused.value.pointer == f"/covers/0/targets/0/{pointer}"


@pytest.mark.parametrize("percent", ["0.000001", "1", "99.95", "100", "100.0"])
def test_percentages_above_nothing_and_up_to_all_are_sound(percent: str) -> None:
    target = replace(AVAILABLE, percent=percent)
    require_sound(Terms((cover(SERVICES[0], targets=(target,)),)))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"service_ids": ()}, "/covers/0/service_ids"),
        ({"service_ids": (SERVICES[0],) * 2}, "/covers/0/service_ids"),
        ({"record_types": ()}, "/covers/0/record_types"),
        ({"priorities": (6,)}, "/covers/0/priorities"),
        ({"priorities": (1, 1)}, "/covers/0/priorities"),
        ({"targets": ()}, "/covers/0/targets"),
        ({"targets": (Target("rto", seconds=1), Target("rto", seconds=2))}, "/covers/0/targets"),
    ],
)
def test_a_cover_that_cannot_be_is_refused(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(TermsInvalidError) as refused:
        require_sound(Terms((replace(cover(SERVICES[0]), **fields),)))
    assert refused.value.pointer == pointer


def test_covers_do_not_promise_one_thing_twice() -> None:
    whole, urgent = cover(SERVICES[0]), cover(SERVICES[0], priorities=(1,))
    with pytest.raises(TermsInvalidError) as refused:
        require_sound(Terms((whole, urgent)))
    assert refused.value.pointer == "/covers/1"
    require_sound(Terms((urgent, cover(SERVICES[0], priorities=(2,)))))
    require_sound(Terms((whole, cover(offerings=(OFFERINGS[0],)))))
    require_sound(Terms((whole, cover(SERVICES[0], record_types=("change",)))))


@pytest.mark.parametrize(
    ("penalty", "pointer"),
    [
        (Penalty("rto", "per_breach", None, EURO, None), "metric"),
        (Penalty("response", "below_percent", "99", EURO, None), "metric"),
        (Penalty("availability", "below_percent", None, EURO, None), "threshold"),
        (Penalty("availability", "below_percent", "101", EURO, None), "threshold"),
        (Penalty("response", "per_breach", "5", EURO, None), "threshold"),
        (Penalty("availability", "per_minute_beyond", None, EURO, None), "basis"),
        (
            Penalty("response", "per_breach", None, EURO, Money(900, "CHF")),
            "cap_per_period/currency",
        ),
        (Penalty("response", "per_breach", None, EURO, Money(99, "EUR")), "cap_per_period/amount"),
    ],
)
def test_a_penalty_that_cannot_be_is_refused(penalty: Penalty, pointer: str) -> None:
    promised = cover(SERVICES[0], targets=(Target("response", seconds=60), AVAILABLE))
    with pytest.raises(TermsInvalidError) as refused:
        require_sound(Terms((promised,), (penalty,)))
    assert refused.value.pointer == f"/penalties/0/{pointer}"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"customers": ()}, "/customer_ids"),
        ({"customers": (CUSTOMERS[0],) * 2}, "/customer_ids"),
        ({"team_id": UUID(int=5)}, "/team_id"),
        ({"type": "ola", "team_id": UUID(int=5)}, "/customer_ids"),
        ({"type": "ola", "customers": ()}, "/team_id"),
        ({"type": "uc", "customers": ()}, "/supplier_id"),
        ({"parent_agreement_ids": (UUID(int=1),)}, "/parent_agreement_ids"),
        ({"parent_agreement_ids": (UUID(int=2),) * 2}, "/parent_agreement_ids"),
    ],
)
def test_the_parties_fit_the_type(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(AgreementPartiesError) as refused:
        written(**fields)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("end", [day(-1), START])
def test_an_agreement_does_not_end_before_it_begins(end: Any) -> None:  # noqa: ANN401 - an instant
    with pytest.raises(AgreementPeriodError):
        written(valid_to=end)


def test_an_agreement_too_large_for_its_events_is_refused_while_it_is_written() -> None:
    services = tuple(ServiceId(UUID(int=number)) for number in range(1000, 1100))
    wide = cover(*services, priorities=(1, 2, 3, 4, 5), record_types=("incident", "change"))
    with pytest.raises(AgreementTooLargeError) as refused:
        written(wide)
    assert refused.value.extras["limit_bytes"] == MAX_STATE_BYTES
    written(replace(wide, priorities=()))
    many = tuple(CustomerId(UUID(int=number)) for number in range(2000, 2200))
    with pytest.raises(AgreementTooLargeError):
        written(replace(wide, priorities=()), customers=many)


def test_what_is_far_too_large_is_refused_before_it_is_written_out() -> None:
    services = tuple(ServiceId(UUID(int=number)) for number in range(1000, 1200))
    types = ("incident", "service_request", "problem", "change")
    wide = cover(*services, priorities=(1, 2, 3, 4, 5), record_types=types)
    rest = [ServiceId(UUID(int=number)) for number in range(2000, 2000 + 99 * 200)]
    covers = (
        wide,
        *(
            replace(wide, service_ids=tuple(rest[first : first + 200]))
            for first in range(0, len(rest), 200)
        ),
    )
    with pytest.raises(AgreementTooLargeError) as refused:
        written(*covers)
    # Hundreds of thousands of lines are counted; writing them out would tell more, much later.
    assert refused.value.extras["size_bytes"] == 100 * 200 * 4 * 5 * 250


def test_amendments_are_refused_before_the_events_are_too_large() -> None:
    services = tuple(ServiceId(UUID(int=number)) for number in range(1000, 1100))
    agreement, count = active(cover(*services)), 1
    refused: AgreementTooLargeError | None = None
    while refused is None:
        changed = Terms((cover(*services, targets=(Target("response", seconds=count),)),))
        try:
            agreement, [event] = life.amend(
                agreement, {"terms": changed}, valid_from=day(count), now=START
            )
        except AgreementTooLargeError as error:
            refused = error
        else:
            assert len(event.model_dump_json()) <= MAX_STATE_BYTES
            count += 1
    assert refused.pointer == "/covers"
    assert count > 2
