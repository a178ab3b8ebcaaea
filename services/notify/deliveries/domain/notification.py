"""Rules of a notification: from a request to a receipt, or to a visible end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.notify.channels.domain import Receipt
from services.notify.deliveries.domain.parties import Recipient, RecipientKind, SuppressedReason
from services.notify.deliveries.domain.schedule import Schedule
from services.notify.deliveries.events import (
    NotificationDeadLettered,
    NotificationEvent,
    NotificationFailed,
    NotificationQueued,
    NotificationRequested,
    NotificationSent,
    NotificationState,
    NotificationSuppressed,
)
from services.notify.rules.domain import Audience, ChannelName, Urgency
from shared.errors import DomainError, Kind

NotificationId = NewType("NotificationId", UUID)
State: TypeAlias = NotificationState
DeadReason: TypeAlias = Literal["exhausted", "refused", "endpoint_gone", "endpoint_disabled"]
TRANSITIONS: Final[Mapping[State, tuple[State, ...]]] = {
    "requested": ("suppressed", "queued"),
    # A receipt may come late: after the lease ended, even after another try gave up.
    "queued": ("sending", "sent", "dead_lettered", "suppressed"),
    "sending": ("sent", "queued", "dead_lettered", "suppressed"),
    "dead_lettered": ("queued", "sent"),
    "suppressed": (),
    "sent": (),
}
_TOLD: Final = (
    *("rule_id", "record_kind", "record_id", "recipient_kind", "recipient_id"),
    *("customer_id", "audience", "urgency", "channel", "state"),
)
BY_HAND: Final[Mapping[State, tuple[State, ...]]] = {"dead_lettered": ("queued",)}


class NotificationNotFoundError(DomainError):
    """No such notification."""

    code = "notification-not-found"
    kind = Kind.NOT_FOUND
    title = "No such notification"


class NotificationTransitionError(DomainError):
    """The notification's state does not allow this."""

    code = "notification-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The notification's state does not allow this"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one recipient because of one event and one rule.

    ``version`` counts its events; a worker's lease (state ``sending``) is none. ``attempts``
    counts all tries, ``tries`` those since it was queued last. ``due_at`` is when something is to
    be done: the next try, or the end of the lease.
    """

    id: NotificationId
    event_id: UUID
    event_type: str
    event_sequence: int
    record_kind: str
    record_id: UUID
    record_number: str | None
    correlation_id: str | None
    rule_id: UUID
    audience: Audience
    urgency: Urgency
    channels: tuple[ChannelName, ...]
    party_kind: RecipientKind
    party_id: UUID
    customer_id: UUID | None
    recipient_kind: RecipientKind
    recipient_id: UUID
    channel: ChannelName | None
    target: str | None
    state: State
    reason: str | None
    subject: str | None
    body: str | None
    attempts: int
    tries: int
    due_at: datetime | None
    queued_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    def requested(self) -> NotificationRequested:
        """Return the event of its request."""
        return NotificationRequested(**_common(self))

    def queue_for(
        self, recipient: Recipient, *, now: datetime
    ) -> tuple[Notification, list[NotificationEvent]]:
        """Queue it for a recipient that has been found.

        Raises:
            NotificationTransitionError: it does not wait for one.
        """
        after = self._to(
            "queued",
            now=now,
            recipient_kind=recipient.kind,
            recipient_id=recipient.id,
            channel=recipient.channel,
            target=recipient.target,
            due_at=now,
            queued_at=now,
        )
        return after, [NotificationQueued(**_common(after), reason="recipient_found")]

    def suppress(
        self, reason: SuppressedReason, *, now: datetime
    ) -> tuple[Notification, list[NotificationEvent]]:
        """End it without sending, for a reason.

        Raises:
            NotificationTransitionError: it is past that.
        """
        after = self._to("suppressed", now=now, reason=reason, due_at=None)
        return after, [NotificationSuppressed(**_common(after), reason=reason)]

    def accept(
        self, receipt: Receipt, *, attempt: int, now: datetime
    ) -> tuple[Notification, list[NotificationEvent]]:
        """Note that the channel took it, even if another try is under way or failed by now.

        Raises:
            NotificationTransitionError: it was never being sent, or is sent already.
        """
        after = self._to("sent", now=now, reason=None, due_at=None)
        event = NotificationSent(
            **_common(after),
            attempt=attempt,
            status_code=receipt.status_code,
            provider_id=receipt.provider_id,
        )
        return after, [event]

    def fail(
        self, receipt: Receipt, *, schedule: Schedule, draw: float, now: datetime
    ) -> tuple[Notification, list[NotificationEvent]]:
        """Note a try that failed: queue the next one, or give up where there is none.

        Raises:
            NotificationTransitionError: it was not being sent.
        """
        due_at = schedule.next_try(
            tries=self.tries,
            queued_at=self.queued_at or self.created_at,
            now=now,
            draw=draw,
            retry_after_seconds=receipt.retry_after_seconds,
        )
        if due_at is None:
            return self.give_up("exhausted", receipt, now=now)
        after = self._to("queued", now=now, reason=None, due_at=due_at)
        event = NotificationFailed(
            **_common(after),
            attempt=self.attempts,
            status_code=receipt.status_code,
            detail=receipt.detail,
            next_attempt_at=due_at,
        )
        return after, [event]

    def give_up(
        self, reason: DeadReason, receipt: Receipt, *, now: datetime
    ) -> tuple[Notification, list[NotificationEvent]]:
        """Set it aside: nothing more is tried unless somebody asks for it.

        Raises:
            NotificationTransitionError: it is past that.
        """
        after = self._to("dead_lettered", now=now, reason=reason, due_at=None)
        event = NotificationDeadLettered(
            **_common(after),
            attempt=self.attempts,
            status_code=receipt.status_code,
            detail=receipt.detail,
            reason=reason,
        )
        return after, [event]

    def redeliver(self, *, now: datetime) -> tuple[Notification, list[NotificationEvent]]:
        """Queue a dead one again, with all its tries before it.

        Raises:
            NotificationTransitionError: it is not dead.
        """
        if "queued" not in BY_HAND.get(self.state, ()):
            raise NotificationTransitionError(
                f"A notification that is {self.state} cannot be sent again.",
                extras={"allowed": list(BY_HAND.get(self.state, ()))},
            )
        after = self._to("queued", now=now, reason=None, due_at=now, queued_at=now, tries=0)
        return after, [NotificationQueued(**_common(after), reason="redelivery")]

    def _to(self, state: State, *, now: datetime, **changes: Any) -> Notification:  # noqa: ANN401 - any field
        if state not in TRANSITIONS[self.state]:
            raise NotificationTransitionError(
                f"A notification that is {self.state} cannot become {state}.",
                extras={"allowed": list(BY_HAND.get(self.state, ()))},
            )
        return replace(self, state=state, version=self.version + 1, updated_at=now, **changes)


def _common(one: Notification) -> dict[str, Any]:
    named = {"cause_event_id": one.event_id, "cause_type": one.event_type}
    return {"notification_id": one.id, **named, **{name: getattr(one, name) for name in _TOLD}}
