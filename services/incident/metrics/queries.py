"""Measuring: one statement for the times, one for the rates, whatever they are grouped by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.incident.metrics.domain import (
    DURATIONS,
    FAILURES,
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
# Whatever happened to an incident was recorded then or later, and a milestone is at most so much
# ahead; so years of incidents that nothing has happened to since are not looked at.
_TOUCHED: Final = "i.updated_at >= cast(:period_start as timestamptz) - interval '5 minutes'"
_SEEN: Final = "(cast(:everything as boolean) or g.key = any(cast(:customers as uuid[])))"


def _within(moment: str) -> str:
    return f"{moment} >= :period_start and {moment} < :period_end"


def _durations(group: str) -> Statement:
    times = ", ".join(f"('{name}', {one.since}, {one.until})" for name, one in DURATIONS.items())
    measured = (
        "select g.key, m.metric, floor(extract(epoch from m.until - m.since))::bigint as seconds"  # noqa: S608 - expressions of ours
        " from incident.incident i"
        f" cross join lateral (values {times}) m(metric, since, until)"
        f" left join lateral ({group}) g on true"
        f" where {_TOUCHED} and {_within('m.until')} and m.since is not null and {_COUNTS}"
        f" and {_SEEN}"
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
        # From incident to incident: the timelines of all are many times those of a period.
        " from incident.incident i cross join lateral (select t.kind, t.occurred_at"
        " from incident.timeline t where t.incident_id = i.id offset 0) t"
        f" left join lateral ({group}) g on true"
        f" where {_TOUCHED} and t.kind in ('resolved', 'reopened')"
        f" and {_within('t.occurred_at')} and {_COUNTS} and {_SEEN} group by g.key"
    )
    first_contact = (
        "select g.key, 'first_contact_resolution',"  # noqa: S608 - expressions of ours
        " count(*) filter (where not exists (select"
        " from incident.timeline t where t.incident_id = i.id"
        " and t.kind in ('reassigned', 'put_on_hold'))), count(*)"
        f" from incident.incident i left join lateral ({group}) g on true"
        f" where {_TOUCHED} and {_within('i.resolved_at')}"
        f" and i.channel in ('phone', 'mail', 'portal', 'chat') and {_COUNTS} and {_SEEN}"
        " group by g.key"
    )
    # A clock whose timer is late is breached all the same, since its deadline.
    breached = "coalesce(c.breached_at, case when c.deadline < :now then c.deadline end)"
    judged = " union all ".join(
        f"select g.key, {breached} as breached_at"  # noqa: S608 - expressions of ours
        " from incident.sla_clock c join incident.incident i on i.id = c.record_id"
        # A customer of many years has more clocks than a period; so its key is none to look for.
        f" left join lateral (select {clock_group} as key offset 0) g on true"
        f" where {those} and c.agreement_type = 'sla' and c.state <> 'cancelled'"
        f" and case when {breached} is not null then {_within(breached)}"
        f" else c.state = 'met' and {_within('c.stopped_at')} end and {_SEEN}"
        # One that runs on is breached without anything happening to its incident.
        for those in (_TOUCHED, f"c.running and not {_TOUCHED}")
    )
    attained = (
        "select key, 'sla_attainment', count(*) filter (where breached_at is null), count(*)"  # noqa: S608 - expressions of ours
        f" from ({judged}) judged group by key"
    )
    return statement(f"{resolved} union all {first_contact} union all {attained}")


_OUTAGE_GROUPS: Final[Mapping[GroupBy, str]] = {
    "customer": (
        "select a.customer_id as key from incident.outage_customer a"
        " where a.outage_id = o.id and a.share > 0 union"
        " select u.customer_id from incident.view_service_use u where o.others_share > 0"
        " and u.service_id = o.service_id and u.valid_from <= o.started_at"
        " and (u.valid_to is null or u.valid_to > o.started_at)"
        " and not exists (select from incident.outage_customer a"
        " where a.outage_id = o.id and a.customer_id = u.customer_id)"
    ),
    "service": "select o.service_id as key",
    "team": (
        "select s.owner_team_id as key from incident.view_service s"
        " where s.service_id = o.service_id"
    ),
}


def _failures(group: str) -> Statement:
    return statement(
        "with felt as (select g.key, o.service_id,"  # noqa: S608 - expressions of ours
        " tstzrange(greatest(p.started_at, :period_start),"
        " least(coalesce(p.ended_at, 'infinity'), :until)) as during"
        " from incident.outage o join incident.outage_segment p on p.outage_id = o.id"
        f" left join lateral ({group}) g on true where o.state <> 'merged' and p.kind = 'outage'"
        " and p.started_at < :until and coalesce(p.ended_at, 'infinity') > :period_start"
        f" and (p.ended_at is null or p.ended_at > p.started_at) and {_SEEN}),"
        " failed as (select key, service_id, unnest(range_agg(during)) as during"
        " from felt group by key, service_id),"
        " lasted as (select key, service_id, extract(epoch from upper(during) - lower(during))"
        " as seconds from failed)"
        " select key, 'failures' as metric, count(*) as count,"
        " count(distinct service_id) as services, floor(sum(seconds))::bigint as total,"
        " percentile_disc(0.5) within group (order by floor(seconds)::bigint) as median,"
        " percentile_disc(0.9) within group (order by floor(seconds)::bigint) as p90"
        " from lasted group by key"
    )


_FAILURES: Final = {by: _failures(group) for by, group in _OUTAGE_GROUPS.items()}
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
    until = max(period_start, min(period_end, now))
    failures = _by_group(await tx.all(_FAILURES[group_by], **{**asked, "until": until}))
    seconds = (until - period_start) // timedelta(seconds=1)
    keys = sorted(
        durations.keys() | rates.keys() | failures.keys(),
        key=lambda key: (key is not None, key or UUID(int=0)),
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
            failures=_restored(failures.get(key, {}).get("failures"), seconds),
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


def _restored(row: Row | None, seconds: int) -> dict[str, Durations]:
    """Return MTRS, MTBF and MTBSI, in the order of their formulas, of so long a period."""
    if row is None:
        return dict.fromkeys(FAILURES, Durations(count=0))
    count, down, whole = row["count"], row["total"], seconds * row["services"]
    between = (Durations(count, mean_of(time, count)) for time in (whole - down, whole))
    return dict(zip(FAILURES, (_told(row), *between), strict=True))


def _share(row: Row | None) -> Rate:
    return Rate(part=0, count=0) if row is None else Rate(part=row["part"], count=row["count"])
