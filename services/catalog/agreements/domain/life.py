"""What can happen to an agreement, each with its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.catalog.agreements.domain.agreement import (
    IN_FORCE,
    MAX_VERSIONS,
    TRANSITIONS,
    Agreement,
    AgreementPeriodError,
    AgreementTransitionError,
    Version,
    require_whole,
)
from services.catalog.agreements.domain.state import require_size, state_of
from services.catalog.agreements.domain.terms import require_sound
from services.catalog.agreements.events.states import (
    AgreementActivated,
    AgreementAgreed,
    AgreementAmended,
    AgreementDrafted,
    AgreementExpired,
    AgreementProposed,
    AgreementReviewCompleted,
    AgreementReviewStarted,
    AgreementRevised,
    AgreementState,
    AgreementTerminated,
)
from services.catalog.agreements.events.vocabulary import AgreementStatus

Moved: TypeAlias = tuple[Agreement, list[AgreementState]]
_AMENDABLE: Final = ("customer_ids", "terms")
_EVENTS: Final[Mapping[tuple[AgreementStatus, AgreementStatus], type[AgreementState]]] = {
    ("draft", "proposed"): AgreementProposed,
    ("proposed", "agreed"): AgreementAgreed,
    ("agreed", "active"): AgreementActivated,
    ("active", "under_review"): AgreementReviewStarted,
    ("under_review", "active"): AgreementReviewCompleted,
}


def draft(agreement: Agreement) -> Moved:
    """Return a new agreement, its terms with their ids, and its first event.

    Raises:
        AgreementPartiesError: the parties do not fit the type.
        AgreementPeriodError: it would end before it begins.
        TermsInvalidError: the terms are not sound.
        AgreementTooLargeError: its events would be too large.
    """
    named = agreement.newest.terms.named(agreement.id, 1)
    agreement = replace(agreement, versions=(replace(agreement.newest, terms=named),))
    _require(agreement)
    return agreement, [state_of(AgreementDrafted, agreement)]


def revise(agreement: Agreement, changes: Mapping[str, Any], *, now: datetime) -> Moved:
    """Write anew what is not agreed on yet; a change that changes nothing makes no event.

    Raises:
        AgreementSettledError: it is neither a draft nor proposed.
        AgreementPartiesError: the parties do not fit the type.
        AgreementPeriodError: it would end before it begins.
        TermsInvalidError: the terms are not sound.
        AgreementTooLargeError: its events would be too large.
    """
    after = agreement.revise(changes)
    if after == agreement:
        return agreement, []
    _require(after)
    version = replace(after.newest, recorded_at=now)
    after = replace(after, versions=(version,), version=agreement.version + 1, updated_at=now)
    return after, [state_of(AgreementRevised, after)]


def move(agreement: Agreement, to: AgreementStatus, *, now: datetime, **changes: Any) -> Moved:  # noqa: ANN401 - values of its fields
    """Take an agreement to another status; ``changes`` is what the step says beside it.

    Raises:
        AgreementTransitionError: from its present status it cannot go there.
        AgreementPeriodError: it would be active before it begins.
    """
    allowed = TRANSITIONS[agreement.status]
    if to not in allowed:
        raise AgreementTransitionError(
            f"An agreement that is {agreement.status} cannot become {to}.",
            extras={"allowed": list(allowed)},
        )
    if to == "terminated":
        return _terminate(agreement, now=now, **changes)
    if to == "active" and agreement.valid_from > now:
        detail = f"{agreement.number} begins at {agreement.valid_from.isoformat()}, by itself."
        raise AgreementPeriodError(detail, pointer="/to")
    if to == "agreed":
        changes = {**changes, "agreed_at": now}
    elif (agreement.status, to) == ("agreed", "active"):
        changes = {**changes, "activated_at": now}
    return _become(agreement, _EVENTS[agreement.status, to], to, now=now, **changes)


def amend(
    agreement: Agreement, changes: Mapping[str, Any], *, valid_from: datetime, now: datetime
) -> Moved:
    """Make the next version of the terms, which holds from ``valid_from`` on.

    ``changes`` holds the new customers, terms, end, date of review and reason; what it does not
    name stays as it is in the newest version. One that would hold what the newest holds already,
    from a later beginning, changes nothing and makes no event.

    Raises:
        AgreementTransitionError: it is not in force.
        AgreementPeriodError: the beginning lies outside the agreement, or the end is over.
        AgreementPartiesError: the parties do not fit the type.
        TermsInvalidError: the terms are not sound.
        AgreementTooLargeError: its events would be too large: end it and make another.
    """
    if agreement.status not in IN_FORCE:
        raise AgreementTransitionError(
            f"An agreement that is {agreement.status} cannot be amended.",
            extras={"allowed": list(TRANSITIONS[agreement.status])},
        )
    newest, number = agreement.newest, agreement.agreement_version + 1
    inner = {name: changes[name] for name in _AMENDABLE if name in changes}
    outer = {name: value for name, value in changes.items() if name not in _AMENDABLE}
    terms = inner.get("terms", newest.terms).named(agreement.id, newest.agreement_version)
    same = replace(newest, **{**inner, "terms": terms}) == newest
    unmoved = {**outer, "reason": agreement.reason}
    if same and newest.valid_from <= valid_from and replace(agreement, **unmoved) == agreement:
        return agreement, []
    _require_time(agreement, valid_from, outer.get("valid_to", agreement.valid_to), now=now)
    version = Version(
        agreement_version=number,
        valid_from=valid_from,
        customer_ids=inner.get("customer_ids", newest.customer_ids),
        terms=terms.named(agreement.id, number),
        recorded_at=now,
    )
    after = replace(
        agreement,
        **{"reason": None, **outer},
        versions=(*agreement.versions, version),
        version=agreement.version + 1,
        updated_at=now,
    )
    _require(after)
    return after, [state_of(AgreementAmended, after)]


def begin_if_due(agreement: Agreement, *, now: datetime) -> Moved:
    """Activate an agreement whose beginning has come; otherwise no event."""
    if not agreement.begins_by_itself or agreement.valid_from > now:
        return agreement, []
    at = agreement.valid_from
    return _become(agreement, AgreementActivated, "active", now=now, activated_at=at)


def expire_if_due(agreement: Agreement, *, now: datetime) -> Moved:
    """End an agreement whose planned end has come; otherwise no event."""
    if agreement.status not in IN_FORCE or agreement.valid_to is None or agreement.valid_to > now:
        return agreement, []
    return _become(agreement, AgreementExpired, "expired", now=now)


def _terminate(agreement: Agreement, *, now: datetime, **changes: Any) -> Moved:  # noqa: ANN401 - values of its fields
    if agreement.status in IN_FORCE:
        planned = agreement.valid_to
        # A later end was planned, or none; one that has passed already stays what it was.
        ends = now if planned is None else min(planned, now)
        changes = {**changes, "valid_to": max(ends, agreement.valid_from)}
    return _become(agreement, AgreementTerminated, "terminated", now=now, **changes)


def _become(
    agreement: Agreement,
    event: type[AgreementState],
    status: AgreementStatus,
    *,
    now: datetime,
    **changes: Any,  # noqa: ANN401 - values of its fields
) -> Moved:
    after = replace(
        agreement, **changes, status=status, version=agreement.version + 1, updated_at=now
    )
    return after, [state_of(event, after, previous=agreement.status)]


def _require(agreement: Agreement) -> None:
    require_whole(agreement)
    require_sound(agreement.newest.terms)
    require_size(agreement)


def _require_time(
    agreement: Agreement, valid_from: datetime, valid_to: datetime | None, *, now: datetime
) -> None:
    if valid_from < agreement.valid_from:
        detail = f"{agreement.number} begins at {agreement.valid_from.isoformat()}."
        raise AgreementPeriodError(detail, pointer="/valid_from")
    if agreement.valid_to is not None and valid_from > agreement.valid_to:
        detail = f"{agreement.number} ends at {agreement.valid_to.isoformat()}, before that."
        raise AgreementPeriodError(detail, pointer="/valid_from")
    if valid_to is not None and valid_to <= max(valid_from, now):
        detail = "The end lies ahead, and after the beginning of the new version."
        raise AgreementPeriodError(detail, pointer="/valid_to")
    if len(agreement.versions) >= MAX_VERSIONS:
        detail = f"An agreement has at most {MAX_VERSIONS} versions; end it and make another."
        raise AgreementPeriodError(detail, pointer="/valid_from")
