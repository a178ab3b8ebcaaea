"""Response roles: whatever is asked for, one event per change, and a major has a commander."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import Incident, IncidentId
from services.incident.incidents.domain.major import Accept, move, propose
from services.incident.incidents.domain.roles import ROLES, CommanderNeededError, assign_roles
from services.incident.incidents.events.roles import IncidentRoleAssigned
from services.incident.incidents.events.vocabulary import Role

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = st.one_of(st.none(), st.sampled_from(["ann", "bo", "cy"]))
WANTED = st.dictionaries(st.sampled_from(ROLES), PEOPLE)


def incident(*, major: bool) -> Incident:
    said = Declaration(
        title="Orders fail",
        description_technical="",
        description_business="",
        channel="api",
        caller=None,
        customer_ids=(),
        affected_service_ids=(),
        impact=2,
        urgency=2,
        started_at=None,
        detected_at=None,
        reported_at=None,
    )
    made, _ = Incident.declare(
        said,
        incident_id=IncidentId(UUID(int=1)),
        number="INC0000001",
        service_id=None,
        team_id=None,
        cells=None,
        now=NOW,
    )
    if not major:
        return made
    made, _ = propose(made, reason="All.", automatic=False, now=NOW)
    later = NOW.replace(hour=10)
    made, _ = move(made, Accept("ann", "No orders.", later), now=NOW)
    return made


@given(st.booleans(), st.lists(WANTED, max_size=6))
def test_roles_are_what_was_said_last_and_events_tell_them(
    major: bool,  # noqa: FBT001 - drawn
    said: list[dict[Role, str | None]],
) -> None:
    before = incident(major=major)
    held: dict[Role, str | None] = {role: getattr(before, role) for role in ROLES}
    for wanted in said:
        if major and wanted.get("commander", "somebody") is None:
            with pytest.raises(CommanderNeededError):
                assign_roles(before, wanted, now=NOW)
            continue
        after, events = assign_roles(before, wanted, now=NOW)
        changed = {role for role in wanted if wanted[role] != held[role]}
        held |= wanted
        assert {role: getattr(after, role) for role in ROLES} == held
        assert after.version == before.version + len(events)
        assert len(events) == len(changed)
        told = [one for one in events if isinstance(one, IncidentRoleAssigned)]
        assert {one.role for one in told} == changed
        assert all(one.previous == getattr(before, one.role) for one in told)
        if told:
            assert told[-1].roles.model_dump() == held
        before = after
