"""A notification's life: each legal path keeps its promises, each other step is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.notify.channels.domain import Receipt
from services.notify.deliveries.domain import (
    TRANSITIONS,
    Notification,
    NotificationId,
    NotificationTransitionError,
    Recipient,
    Schedule,
)
from services.notify.deliveries.events import NotificationEvent

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SCHEDULE = Schedule(
    offsets_seconds=(0, 10, 60), jitter=0.0, retry_after_cap_seconds=100, max_age_seconds=3600
)
CONTACT = Recipient("contact", UUID(int=7), "email")
TAKEN = Receipt("accepted", "taken", 250, provider_id="q")
FAILED = Receipt("failed", "HTTP 500", 500)


def requested() -> Notification:
    return Notification(
        id=NotificationId(UUID(int=1)),
        event_id=UUID(int=2),
        event_type="itsm.incident.declared.v1",
        event_sequence=1,
        record_kind="incident",
        record_id=UUID(int=3),
        record_number="INC0000001",
        correlation_id=None,
        rule_id=UUID(int=4),
        audience="technical",
        urgency="high",
        channels=("email",),
        party_kind="team",
        party_id=UUID(int=5),
        customer_id=None,
        recipient_kind="team",
        recipient_id=UUID(int=5),
        channel=None,
        target=None,
        state="requested",
        reason=None,
        subject="s",
        body="b",
        attempts=0,
        tries=0,
        due_at=None,
        queued_at=None,
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )


def claimed(one: Notification) -> Notification:
    """Return what a claim makes of a queued notification."""
    return replace(one, state="sending", attempts=one.attempts + 1, tries=one.tries + 1)


class Life(RuleBasedStateMachine):
    """Any order of steps, each refused exactly where the table has no way."""

    def __init__(self) -> None:
        super().__init__()
        self.one = requested()
        self.events: list[NotificationEvent] = [self.one.requested()]
        self.now = NOW
        self.taken = 0

    def _step(self, to: str, act: object) -> None:
        allowed = to in TRANSITIONS[self.one.state]
        assert callable(act)
        try:
            after, events = act()
        except NotificationTransitionError:
            assert not allowed, f"{self.one.state} -> {to} was refused"
            return
        assert allowed, f"{self.one.state} -> {to} was let through"
        assert after.version == self.one.version + len(events)
        assert events[-1].state == after.state == to
        self.one, self.events = after, [*self.events, *events]

    @rule()
    def find_a_recipient(self) -> None:
        if self.one.state in ("requested", "sent", "suppressed"):
            self._step("queued", lambda: self.one.queue_for(CONTACT, now=self.now))

    @rule()
    def claim(self) -> None:
        if self.one.state == "queued":
            self.one = claimed(self.one)

    @rule()
    def lose_the_worker(self) -> None:
        if self.one.state == "sending":
            self.one = claimed(self.one)

    @rule()
    def take(self) -> None:
        was = self.one.state
        self._step("sent", lambda: self.one.accept(TAKEN, attempt=self.one.attempts, now=self.now))
        self.taken += was != "sent" and self.one.state == "sent"

    @rule(draw=st.floats(min_value=0, max_value=0.99))
    def fail(self, draw: float) -> None:
        if self.one.state == "sending":
            over = self.one.tries >= len(SCHEDULE.offsets_seconds)
            self._step(
                "dead_lettered" if over else "queued",
                lambda: self.one.fail(FAILED, schedule=SCHEDULE, draw=draw, now=self.now),
            )

    @rule()
    def suppress(self) -> None:
        self._step("suppressed", lambda: self.one.suppress("no_address", now=self.now))

    @rule()
    def give_up(self) -> None:
        self._step("dead_lettered", lambda: self.one.give_up("refused", FAILED, now=self.now))

    @rule()
    def send_again(self) -> None:
        if self.one.state == "dead_lettered":
            self._step("queued", lambda: self.one.redeliver(now=self.now))
            assert self.one.tries == 0
        else:
            with pytest.raises(NotificationTransitionError) as caught:
                self.one.redeliver(now=self.now)
            assert caught.value.extras["allowed"] == []

    @invariant()
    def versions_have_no_gap(self) -> None:
        assert self.one.version == len(self.events)

    @invariant()
    def what_waits_is_due_some_time_and_what_ended_is_not(self) -> None:
        assert (self.one.due_at is not None) == (self.one.state in ("queued", "sending"))

    @invariant()
    def it_is_recorded_as_sent_at_most_once(self) -> None:
        assert self.taken <= 1


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=25)


def test_a_recipient_names_what_shares_its_fate() -> None:
    assert CONTACT.target == "email"
    hook = Recipient("webhook_endpoint", UUID(int=9), "webhook")
    assert hook.target == f"webhook:{UUID(int=9)}"
    assert Recipient("team", UUID(int=5)).target is None


def test_no_event_holds_a_text_or_an_address() -> None:
    for name in ("subject", "body", "email", "url"):
        assert name not in NotificationEvent.model_fields


def waits(schedule: Schedule, *, draw: float = 0.5, wish: int | None = None) -> list[float | None]:
    found: list[float | None] = []
    for tries in range(1, len(schedule.offsets_seconds) + 1):
        due_at = schedule.next_try(
            tries=tries, queued_at=NOW, now=NOW, draw=draw, retry_after_seconds=wish
        )
        found.append(None if due_at is None else (due_at - NOW).total_seconds())
    return found


def test_tries_follow_the_schedule_and_end() -> None:
    assert waits(SCHEDULE) == [10, 50, None]


@pytest.mark.parametrize(("draw", "expected"), [(0.0, 8), (0.5, 10), (1.0, 12)])
def test_chance_stretches_a_wait_within_its_share(draw: float, expected: float) -> None:
    shaken = replace(SCHEDULE, jitter=0.2)
    assert waits(shaken, draw=draw)[0] == pytest.approx(expected)


def test_a_receivers_wish_is_obeyed_up_to_the_cap_and_never_shortens_a_wait() -> None:
    assert waits(SCHEDULE, wish=70) == [70, 70, None]
    assert waits(SCHEDULE, wish=10**9) == [100, 100, None]
    assert waits(SCHEDULE, wish=0) == [10, 50, None]


def test_nothing_is_tried_beyond_the_greatest_age() -> None:
    late = NOW + timedelta(seconds=3600)
    due_at = SCHEDULE.next_try(tries=1, queued_at=NOW, now=late, draw=0.5, retry_after_seconds=None)
    assert due_at is None


def test_the_default_tries_spread_over_three_days() -> None:
    offsets = (0, 10, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 172_800, 259_200)
    schedule = replace(SCHEDULE, offsets_seconds=offsets, max_age_seconds=96 * 3600)
    moment, tries = NOW, 1
    while (
        due_at := schedule.next_try(
            tries=tries, queued_at=NOW, now=moment, draw=0.5, retry_after_seconds=None
        )
    ) is not None:
        moment, tries = due_at, tries + 1
    assert (tries, moment - NOW) == (11, timedelta(hours=72))


def test_a_receipt_counts_even_after_another_try_gave_up() -> None:
    one, _ = requested().queue_for(CONTACT, now=NOW)
    dead, _ = claimed(one).give_up("exhausted", FAILED, now=NOW)
    sent, (event,) = dead.accept(TAKEN, attempt=1, now=NOW)
    assert (sent.state, sent.reason, event.state) == ("sent", None, "sent")
