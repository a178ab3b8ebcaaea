"""An agreement as its events tell it, and the bound on their size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from services.catalog.agreements.domain.agreement import Agreement, Version
from services.catalog.agreements.domain.lines import count_lines, resolve
from services.catalog.agreements.events.states import AgreementDrafted, AgreementState
from services.catalog.agreements.events.vocabulary import (
    AgreementStatus,
    CoverEntry,
    LineEntry,
    MoneyEntry,
    PenaltyEntry,
    TargetEntry,
)
from shared.errors import DomainError, Kind
from shared.money import Money

State = TypeVar("State", bound=AgreementState)
MAX_STATE_BYTES: Final = 200 * 1024
"""The largest event of an agreement; the bus takes 256 KiB, and a later event may be a bit more."""
_LEAST_LINE_BYTES: Final = 250
"""Less than the shortest line takes in an event."""
_COPIED: Final = (
    "number",
    "name",
    "type",
    "status",
    "reason",
    "customer_ids",
    "team_id",
    "supplier_id",
    "agreement_version",
    "valid_from",
    "valid_to",
    "review_date",
    "parent_agreement_ids",
    "agreed_at",
    "activated_at",
)


class AgreementTooLargeError(DomainError):
    """All lines of all versions together are more than one event can carry."""

    code = "agreement-too-large"
    kind = Kind.INVALID
    title = "The agreement is too large"


def state_of(
    event: type[State],
    agreement: Agreement,
    *,
    previous: AgreementStatus | None = None,
    foreseen: bool = False,
) -> State:
    """Return the agreement as an event tells it.

    Its lines are told once it is active; ``foreseen`` tells them as they would be then.
    """
    versions = agreement.versions
    told = foreseen or agreement.activated_at is not None
    return event(
        agreement_id=agreement.id,
        previous_status=previous,
        version_valid_from=agreement.newest.valid_from,
        covers=tuple(cover_entries(agreement.newest)),
        targets=tuple(one for version in versions for one in target_entries(version)),
        lines=tuple(_lines(agreement)) if told else (),
        penalties=tuple(one for version in versions for one in penalty_entries(version)),
        **{name: getattr(agreement, name) for name in _COPIED},
    )


def require_size(agreement: Agreement) -> None:
    """Check that the events of an agreement stay small enough, once it is active.

    Raises:
        AgreementTooLargeError: they do not; the extras name both sizes.
    """
    size = count_lines(agreement) * _LEAST_LINE_BYTES
    if size <= MAX_STATE_BYTES:
        # So few lines do not take long to write out.
        size = len(state_of(AgreementDrafted, agreement, foreseen=True).model_dump_json().encode())
    if size > MAX_STATE_BYTES:
        raise AgreementTooLargeError(
            f"With all its lines it has at least {size} bytes; split it by services or customers,"
            " leave priorities out where all are promised the same, or end it and make another.",
            pointer="/covers",
            extras={"size_bytes": size, "limit_bytes": MAX_STATE_BYTES},
        )


def cover_entries(version: Version) -> Iterator[CoverEntry]:
    """Yield the covers of a version as they were written."""
    for cover in version.terms.covers:
        yield CoverEntry(
            agreement_version=version.agreement_version,
            service_ids=cover.service_ids,
            offering_ids=cover.offering_ids,
            record_types=cover.record_types,
            priorities=cover.priorities,
            calendar_id=cover.calendar_id,
            target_ids=tuple(target.target_id for target in cover.targets),
        )


def target_entries(version: Version) -> Iterator[TargetEntry]:
    """Yield the targets of a version."""
    names = TargetEntry.model_fields.keys() - {"agreement_version"}
    for target in version.terms.targets:
        known = {name: getattr(target, name) for name in names}
        yield TargetEntry(agreement_version=version.agreement_version, **known)


def penalty_entries(version: Version) -> Iterator[PenaltyEntry]:
    """Yield the penalties of a version."""
    for penalty in version.terms.penalties:
        cap = penalty.cap_per_period
        yield PenaltyEntry(
            penalty_id=penalty.penalty_id,
            agreement_version=version.agreement_version,
            metric=penalty.metric,
            basis=penalty.basis,
            threshold=penalty.threshold,
            price=_money(penalty.price),
            cap_per_period=None if cap is None else _money(cap),
        )


def _lines(agreement: Agreement) -> Iterator[LineEntry]:
    for line in resolve(agreement):
        yield LineEntry(**{name: getattr(line, name) for name in LineEntry.model_fields})


def _money(money: Money) -> MoneyEntry:
    return MoneyEntry(amount=money.amount, currency=money.currency)
