"""Measuring: one statement for the times, one for the rates, whatever they are grouped by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.metrics.domain import (
    DURATIONS,
    RATES,
    Durations,
    Figures,
    GroupBy,
    MetricsNotForCustomersError,
    Rate,
    mean_of,
    require_period,
)
from services.incident.metrics.schemas import MetricsRecord
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx, Row, Statement, statement

# For an incident i: the groups it counts for. A customer is concerned if the incident was declared
# for it, or if it is in reach.
_GROUPS: Final[Mapping[GroupBy, str]] = {
    "customer": (
        "select unnest(i.customer_ids) as key union"
        " select r.customer_id from incident.reached_customer r where r.incident_id = i.id"
    ),
    "service": "select i.service_id as key",
    "team": "select i.assignment_team_id as key",
}
# For a clock c of the record i.
_CLOCK_GROUPS: Final[Mapping[GroupBy, str]] = {
    "customer": "c.customer_id",
    "service": "c.service_id",
    "team": "i.assignment_team_id",
}
_NAMES: Final[Mapping[GroupBy, Statement]] = {
    "customer": statement(
        "select customer_id as key, name from incident.view_customer"
        " where customer_id = any(cast(:keys as uuid[]))"
    ),
    "service": statement(
        "select service_id as key, name_business as name from incident.view_service"
        " where service_id = any(cast(:keys as uuid[]))"
    ),
    "team": statement(
        "select team_id as key, name from incident.view_team"
        " where team_id = any(cast(:keys as uuid[]))"
    ),
}
_COUNTS: Final = "i.state not in ('cancelled', 'merged')"
_SEEN: Final = "(cast(:everything as boolean) or g.key = any(cast(:customers as uuid[])))"


def _within(moment: str) -> str:
    return f"{moment} >= :period_start and {moment} < :period_end"


def _durations(group: str) -> Statement:
    measured = " union all ".join(
        f"select g.key, '{name}' as metric,"  # noqa: S608 - expressions of ours
        f" floor(extract(epoch from {one.until} - {one.since}))::bigint as seconds"
        f" from incident.incident i left join lateral ({group}) g on true"
        f" where {_within(one.until)} and {one.since} is not null and {_COUNTS} and {_SEEN}"
        for name, one in DURATIONS.items()
    )
    return statement(
        f"with measured as ({measured})"  # noqa: S608 - expressions of ours
        " select key, metric, count(*) as count, sum(seconds)::bigint as total,"
        " percentile_disc(0.5) within group (order by seconds) as median,"
        " percentile_disc(0.9) within group (order by seconds) as p90"
        " from measured group by key, metric"
    )


def _rates(group: str, clock_group: str) -> Statement:
    resolved = (
        "select g.key, 'reopen_rate' as metric,"  # noqa: S608 - expressions of ours
        " count(*) filter (where t.kind = 'reopened') as part,"
        " count(*) filter (where t.kind = 'resolved') as count"
        " from incident.timeline t join incident.incident i on i.id = t.incident_id"
        f" left join lateral ({group}) g on true"
        f" where t.kind in ('resolved', 'reopened') and {_within('t.occurred_at')}"
        f" and {_COUNTS} and {_SEEN} group by g.key"
    )
    first_contact = (
        "select g.key, 'first_contact_resolution',"  # noqa: S608 - expressions of ours
        " count(*) filter (where not exists (select"
        " from incident.timeline t where t.incident_id = i.id"
        " and t.kind in ('reassigned', 'put_on_hold'))), count(*)"
        f" from incident.incident i left join lateral ({group}) g on true"
        f" where {_within('i.resolved_at')} and i.channel in ('phone', 'mail', 'portal', 'chat')"
        f" and {_COUNTS} and {_SEEN} group by g.key"
    )
    # A clock whose timer is late is breached all the same, since its deadline.
    breached = "coalesce(c.breached_at, case when c.deadline < :now then c.deadline end)"
    attained = (
        "select g.key, 'sla_attainment',"  # noqa: S608 - expressions of ours
        f" count(*) filter (where {breached} is null), count(*)"
        " from incident.sla_clock c join incident.incident i on i.id = c.record_id"
        f" left join lateral (select {clock_group} as key) g on true"
        " where c.agreement_type = 'sla' and c.state <> 'cancelled'"
        f" and case when {breached} is not null then {_within(breached)}"
        f" else c.state = 'met' and {_within('c.stopped_at')} end"
        f" and {_SEEN} group by g.key"
    )
    return statement(f"{resolved} union all {first_contact} union all {attained}")


_DURATIONS: Final = {by: _durations(group) for by, group in _GROUPS.items()}
_RATES: Final = {by: _rates(group, _CLOCK_GROUPS[by]) for by, group in _GROUPS.items()}


async def measure(
    tx: ReadTx,
    *,
    period_start: datetime,
    period_end: datetime,
    group_by: GroupBy,
    after: UUID | None,
    limit: int,
    actor: Actor,
    now: datetime,
) -> MetricsRecord:
    """Return the figures of up to ``limit`` groups whose key follows ``after``, in its order.

    The period is from ``period_start`` until just before ``period_end`` (aware UTC). What belongs
    to no group comes first. A customer's user gets its own customers' figures.

    Raises:
        PeriodInvalidError: the period has no length or is longer than 400 days.
        MetricsNotForCustomersError: a customer's user asks by service or by team.
    """
    require_period(period_start, period_end)
    scope = await scope_of(tx, actor=actor)
    if not scope.unbounded and group_by != "customer":
        raise MetricsNotForCustomersError("Ask with group_by=customer.")
    asked = {
        "period_start": period_start,
        "period_end": period_end,
        "everything": scope.unbounded,
        "customers": sorted(scope.customers or ()),
    }
    durations = _by_group(await tx.all(_DURATIONS[group_by], **asked))
    rates = _by_group(await tx.all(_RATES[group_by], **asked, now=now))
    keys = sorted(
        durations.keys() | rates.keys(), key=lambda key: (key is not None, key or UUID(int=0))
    )
    rest = keys if after is None else [key for key in keys if key is not None and key > after]
    page = rest[:limit]
    rows = await tx.all(_NAMES[group_by], keys=[key for key in page if key is not None])
    names = {row["key"]: row["name"] for row in rows}
    found = [
        Figures(
            key=key,
            name=names.get(key),
            durations={name: _told(durations.get(key, {}).get(name)) for name in DURATIONS},
            rates={name: _share(rates.get(key, {}).get(name)) for name in RATES},
        )
        for key in page
    ]
    return MetricsRecord.of(
        found,
        period_start=period_start,
        period_end=period_end,
        group_by=group_by,
        following=page[-1] if len(rest) > limit else None,
    )


def _by_group(rows: Iterable[Row]) -> dict[UUID | None, dict[str, Row]]:
    found: dict[UUID | None, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["key"], {})[row["metric"]] = row
    return found


def _told(row: Row | None) -> Durations:
    if row is None:
        return Durations(count=0)
    return Durations(
        count=row["count"],
        mean_seconds=mean_of(row["total"], row["count"]),
        median_seconds=row["median"],
        p90_seconds=row["p90"],
    )


def _share(row: Row | None) -> Rate:
    return Rate(part=0, count=0) if row is None else Rate(part=row["part"], count=row["count"])
