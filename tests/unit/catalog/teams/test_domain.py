"""Rules of teams."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.teams.domain import Team, TeamId, TeamTransitionError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(
    st.lists(
        st.sampled_from(["active", "retired", "renamed", "same"]),
        max_size=10,
    )
)
def test_each_change_of_a_team_is_one_version_and_one_event(walk: list[str]) -> None:
    team, [first] = Team.register(team_id=TeamId(UUID(int=1)), name="a", purpose="", now=NOW)
    assert first.status == "active"
    for what in walk:
        before = team
        if what == "same":
            team, events = team.revise({"name": team.name}, now=NOW)
            assert events == []
        elif what == "renamed":
            team, events = team.revise({"name": f"{team.name}x"}, now=NOW)
            assert [event.name for event in events] == [team.name]
        elif what == before.status:
            to = before.status
            with pytest.raises(TeamTransitionError):
                before.move(to, now=NOW)
            events = []
        else:
            team, events = team.move("retired" if what == "retired" else "active", now=NOW)
            assert [event.status for event in events] == [what]
        assert team.version == before.version + len(events)
