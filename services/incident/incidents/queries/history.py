"""Reading what happened to an incident, event by event.

There is no answer for a past instant: the record has fields that its events do not carry.
"""

from __future__ import annotations

from typing import Final

from services.incident.incidents.domain.incident import IncidentNotFoundError
from services.incident.incidents.queries import read_incident
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import PageRequest
from shared.schemas import Page

HISTORY: Final = History("incident", "incident")


async def read_incident_history(
    tx: ReadTx, *, reference: str, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to an incident, by sequence.

    Raises:
        IncidentNotFoundError: there is none, or the actor is bounded to a customer: events tell
            of everybody in reach.
        ProblemError: a parameter is not valid.
    """
    record = await read_incident(tx, reference=reference, actor=actor)
    found = await HISTORY.entries(tx, key=record.id, asked=asked)
    if found is None or (await scope_of(tx, actor=actor)).customers is not None:
        raise IncidentNotFoundError(f"There is no incident {reference[:40]}.")
    return found
