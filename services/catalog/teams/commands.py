"""What can be done with teams."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.catalog.permissions import require_provider
from services.catalog.teams import tables
from services.catalog.teams.domain import Team, TeamId, TeamStatus
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_team(
    tx: Tx, *, team_id: TeamId, name: str, purpose: str, actor: Actor, now: datetime
) -> Team:
    """Register a team; it is active at once.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        TeamNameTakenError: another active team has the name.
    Emits:
        itsm.team.changed.v1
    """
    require_provider(actor)
    team, events = Team.register(team_id=team_id, name=name, purpose=purpose, now=now)
    await tables.insert_team(tx, team)
    outbox.append(
        tx, key=team.id, version=team.version, events=events, actor=actor, occurred_at=now, now=now
    )
    return team


async def change_team(
    tx: Tx,
    *,
    team_id: TeamId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Team:
    """Change a team's name or purpose; ``changes`` holds the new values of the fields to change.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        TeamNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        TeamNameTakenError: another active team has the name.
    Emits:
        itsm.team.changed.v1, unless nothing changes
    """
    require_provider(actor)
    team = await tables.load_team(tx, team_id)
    require_version(team.version, expected_version)
    team, events = team.revise(changes, now=now)
    if events:
        await tables.save_team(tx, team)
        outbox.append(
            tx,
            key=team.id,
            version=team.version,
            events=events,
            actor=actor,
            occurred_at=now,
            now=now,
        )
    return team


async def move_team(
    tx: Tx,
    *,
    team_id: TeamId,
    expected_version: int | None,
    to: TeamStatus,
    actor: Actor,
    now: datetime,
) -> Team:
    """Retire a team, or make it active again.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        TeamNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        TeamTransitionError: its status does not allow it.
        TeamNameTakenError: it would become active under a name in use.
    Emits:
        itsm.team.changed.v1
    """
    require_provider(actor)
    team = await tables.load_team(tx, team_id)
    require_version(team.version, expected_version)
    team, events = team.move(to, now=now)
    await tables.save_team(tx, team)
    outbox.append(
        tx, key=team.id, version=team.version, events=events, actor=actor, occurred_at=now, now=now
    )
    return team
