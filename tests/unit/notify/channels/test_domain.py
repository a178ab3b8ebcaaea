"""Endpoints: filters, secrets and their rotation, being left alone when in trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.notify.channels.domain import (
    MAX_SECRETS,
    Endpoint,
    EndpointId,
    EndpointTransitionError,
    pause_seconds,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DECLARED = "itsm.incident.declared.v1"


def endpoint(**changes: object) -> Endpoint:
    values: dict[str, object] = {"event_types": (), "exclude_origins": (), **changes}
    made, events = Endpoint.register(
        endpoint_id=EndpointId(UUID(int=1)),
        name="Chat bridge",
        url="https://hooks.example.com/secret-path",
        event_types=values["event_types"],  # type: ignore[arg-type]  # as the test says
        exclude_origins=values["exclude_origins"],  # type: ignore[arg-type]  # as the test says
        secret="whsec_one",
        now=NOW,
    )
    assert [event.status for event in events] == ["enabled"]
    return made


def test_an_event_about_an_endpoint_tells_neither_secret_nor_path() -> None:
    _, (event,) = endpoint().revise({"name": "Other"}, now=NOW)
    text = event.model_dump_json()
    assert event.host == "hooks.example.com"
    assert "whsec" not in text
    assert "secret-path" not in text
    assert "whsec" not in repr(endpoint())


def test_an_endpoint_without_filters_wants_everything() -> None:
    assert endpoint().wants(DECLARED, None)
    assert endpoint().wants("itsm.change.closed.v1", "somebody")


def test_an_endpoint_gets_the_types_it_asked_for_and_no_echo_of_its_own() -> None:
    one = endpoint(event_types=(DECLARED,), exclude_origins=("chat-bridge",))
    assert one.wants(DECLARED, None)
    assert one.wants(DECLARED, "another")
    assert not one.wants(DECLARED, "chat-bridge")
    assert not one.wants("itsm.incident.closed.v1", None)


def test_the_former_secret_signs_until_its_time_is_over() -> None:
    rotated, _ = endpoint().rotate("whsec_two", former_for=timedelta(hours=1), now=NOW)
    assert rotated.version == 2
    assert rotated.signing_secrets(NOW) == ("whsec_two", "whsec_one")
    assert rotated.signing_secrets(NOW + timedelta(minutes=59)) == ("whsec_two", "whsec_one")
    assert rotated.signing_secrets(NOW + timedelta(hours=1)) == ("whsec_two",)


def test_a_second_rotation_does_not_lengthen_the_life_of_the_first_secret() -> None:
    one, _ = endpoint().rotate("whsec_two", former_for=timedelta(hours=1), now=NOW)
    two, _ = one.rotate("whsec_three", former_for=timedelta(hours=9), now=NOW)
    later = NOW + timedelta(hours=2)
    assert two.signing_secrets(later) == ("whsec_three", "whsec_two")


def test_only_a_few_secrets_are_kept() -> None:
    one = endpoint()
    for number in range(6):
        one, _ = one.rotate(f"whsec_{number}", former_for=timedelta(hours=9), now=NOW)
    assert len(one.secrets) == MAX_SECRETS
    assert one.signing_secrets(NOW)[0] == "whsec_5"


def test_a_change_that_changes_nothing_says_nothing() -> None:
    one = endpoint()
    assert one.revise({"name": one.name}, now=NOW) == (one, [])


def test_an_endpoint_cannot_become_what_it_is() -> None:
    with pytest.raises(EndpointTransitionError) as caught:
        endpoint().move("enabled", reason=None, now=NOW)
    assert caught.value.extras == {"allowed": ["disabled"]}


def test_enabling_forgets_why_it_was_disabled() -> None:
    gone, _ = endpoint().move("disabled", reason="gone", now=NOW)
    assert gone.reason == "gone"
    back, (event,) = gone.move("enabled", reason=None, now=NOW)
    assert (back.reason, event.reason) == (None, None)


def test_a_receiver_in_trouble_is_left_alone_ever_longer_and_never_for_ever() -> None:
    waits = [pause_seconds(number, wish=None, cap=60) for number in range(-3, 12)]
    assert waits[:3] == [0, 0, 0]
    assert waits[3:9] == [5, 10, 20, 40, 80, 160]
    assert max(waits) == 300
    assert pause_seconds(-3, wish=30, cap=60) == 30
    assert pause_seconds(0, wish=10**9, cap=60) == 60
