"""Which incidents can be the effect of another one, and where they stand on the map.

An incident stands at the first of its configuration items, and without any at its service. What is
disturbed there may come from whatever that rests on; an incident there is the root. Only what
monitoring opened by itself is put below a root by itself: what a person declared, handles as a
major incident, or has given a parent is that person's. Whether a redundancy group would have held
does not matter here, since the effect has been seen.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.views.graph import ServiceMap, downstream


def place_of(incident: Incident) -> UUID | None:
    """Return the node of the map that an incident stands at."""
    return next(iter(incident.ci_ids), incident.service_id)


def may_be_effect(incident: Incident) -> bool:
    """Tell whether an incident may be put below another one without a person."""
    by_monitoring = incident.channel == "monitoring" and incident.dedup_key is not None
    theirs = incident.parent_id is not None or incident.major_state == "accepted"
    return by_monitoring and not theirs and incident.state in OPEN


def resting_on(incident: Incident, known: ServiceMap, *, most_hops: int) -> Collection[UUID]:
    """Return what rests on the nodes of an incident, within so many hops."""
    service = () if incident.service_id is None else (incident.service_id,)
    distances = downstream((*incident.ci_ids, *service), known.edges, without=known.retired)
    return [node for node, distance in distances.items() if 0 < distance <= most_hops]
