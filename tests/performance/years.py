"""Years of a service desk, as rows: an incident every five minutes, 5,000 of them still open.

However many there are, as many are open, as many wait to be closed and as many signals fire, and
a month has as many; only the years behind them are more. An incident has three clocks with their
timers, its facts and entries of its timeline and event log; one in three has a signal, one in ten
a further customer in reach, one in fifty an outage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from tests.performance.stage import Stage

SERVICES, TEAMS, CUSTOMERS = 500, 50, 100
_INCIDENT, _SIGNAL, _OUTAGE = "8000", "8001", "8002"
_GROUP, _EVENT, _CLOCK = "8003", "8004", "8005"
_SERVICE, _TEAM, _CUSTOMER, _CALENDAR, _AGREEMENT = "a001", "a002", "a003", "a004", "a005"
INTEGRATION: Final = "01970000-0000-7000-a006-000000000001"


def identity(kind: str, number: int) -> str:
    """Return the id of the n-th thing of a kind."""
    return f"01970000-0000-7000-{kind}-{number:012x}"


def incident(number: int) -> str:
    """Return the id of the n-th incident, the oldest being the first."""
    return identity(_INCIDENT, number)


def clock(number: int, place: int) -> str:
    """Return the id of one of the three clocks of the n-th incident."""
    return identity(_CLOCK, number * 4 + place)


def signal(number: int) -> str:
    """Return the id of the signal of the n-th incident, of which every third has one."""
    return identity(_SIGNAL, number)


def outage(number: int) -> str:
    """Return the id of the outage of the n-th incident, of which every 50th has one."""
    return identity(_OUTAGE, number)


def service(number: int) -> str:
    """Return the id of a service."""
    return identity(_SERVICE, number)


def team(number: int) -> str:
    """Return the id of a team."""
    return identity(_TEAM, number)


def customer(number: int) -> str:
    """Return the id of a customer."""
    return identity(_CUSTOMER, number)


def agreement(place: int) -> str:
    """Return the id of the agreement of one of the three clocks."""
    return identity(_AGREEMENT, place)


def _id(kind: str, number: str) -> str:
    return f"('01970000-0000-7000-{kind}-' || lpad(to_hex({number}), 12, '0'))::uuid"


_ANY: Final = "(hashint4(n) & 2147483647)"
_MADE: Final = f"""
create unlogged table public.made as
select n, is_open, at, {_id(_INCIDENT, "n")} as id, 'INC' || lpad(n::text, 7, '0') as number,
       {_id(_SERVICE, f"{_ANY} % {SERVICES}")} as service_id,
       {_id(_TEAM, f"{_ANY} % {SERVICES} % {TEAMS}")} as team_id,
       {_id(_CUSTOMER, f"{_ANY} / {SERVICES} % {CUSTOMERS}")} as customer_id,
       case when is_open then ('{{assigned,new,on_hold,in_progress,assigned}}'::text[])[1 + n % 5]
            when age < 6000 then 'resolved' when n % 40 = 0 then 'cancelled' else 'closed' end
       as state,
       case when not is_open then at + (600 + n % 500 * 300) * interval '1 second' end
       as resolved_at
from (select n, :count - n as age, now() - (:count - n) * interval '5 minutes' as at,
             :count - n < 4750 or :count - n >= 5000 and (:count - n) % ((:count - 5000) / 250) = 0
             as is_open
      from generate_series(1, :count) as n) as one;
analyze public.made;
"""
_MASTER: Final = f"""
insert into incident.view_customer (customer_id, number, name, parent_id, status, sequence)
select {_id(_CUSTOMER, "n")}, 'CUS' || lpad(n::text, 7, '0'), 'Customer ' || n, null, 'active', 1
from generate_series(0, {CUSTOMERS - 1}) as n;
insert into incident.view_team (team_id, name, status, sequence)
select {_id(_TEAM, "n")}, 'Team ' || n, 'active', 1 from generate_series(0, {TEAMS - 1}) as n;
insert into incident.view_service
    (service_id, number, name_business, name_technical, phase, owner_team_id, criticality, sequence)
select {_id(_SERVICE, "n")}, 'SVC' || lpad(n::text, 7, '0'), 'Service ' || n, 'service-' || n,
       'catalogue', {_id(_TEAM, f"n % {TEAMS}")}, 3, 1
from generate_series(0, {SERVICES - 1}) as n;
insert into incident.view_service_use
    (service_use_id, customer_id, service_id, valid_from, valid_to, sequence)
select {_id("a007", f"c * {SERVICES} + n")}, {_id(_CUSTOMER, "c")}, {_id(_SERVICE, "n")},
       '2000-01-01Z', null, 1
from generate_series(0, {CUSTOMERS - 1}) as c, generate_series(0, {SERVICES - 1}) as n
where (c + n) % 25 = 0;
insert into incident.integration
    (id, name, kind, secret_hash, resolve_on, reopen_window_hours, severities, status, version,
     created_at, updated_at)
values ('{INTEGRATION}', 'Years', 'generic', '', 'all', 24, '{{}}', 'active', 1, now(), now());
"""
_INCIDENTS: Final = (
    """
insert into incident.incident
    (id, number, title, description_technical, description_business, channel, caller, customer_ids,
     service_id, affected_service_ids, impact, urgency, priority, priority_source,
     assignment_team_id, assignee, state, state_since, major_state, resolution_code,
     resolution_technical, resolution_business, started_at, detected_at, reported_at,
     acknowledged_at, resolved_at, closed_at, version, created_at, updated_at)
select id, number, 'Orders fail ' || n, 'p99 of POST /orders is 9 s since the last deployment',
       'Customers of the shop wait long before they can pay',
       ('{phone,mail,portal,chat,monitoring}'::text[])[1 + n / 5 % 5], 'somebody',
       array[customer_id], service_id, array[service_id], 2, 2, 1 + n % 5, 'matrix', team_id,
       case when state <> 'new' then 'agent-' || n % 300 end, state,
       coalesce(resolved_at, at + interval '10 minutes'),
       case when n = :count - 100 then 'accepted' when n % 5000 = 0 then 'stood_down'
            else 'none' end,
       case when not is_open then 'fixed' end, case when not is_open then 'Rolled back' end,
       case when not is_open then 'Orders work again' end,
       at - interval '2 minutes', at - interval '1 minute', at,
       case when state <> 'new' then at + interval '10 minutes' end, resolved_at,
       case when state = 'closed' then resolved_at + interval '3 days' end, 4, at,
       least(now(), case when is_open then at + n % 24 * interval '1 hour'
                    else resolved_at + interval '3 days' end)
from public.made order by n;
insert into incident.timeline
    (id, incident_id, sequence, kind, occurred_at, recorded_at, actor, visibility, text)
select gen_random_uuid(), id, k, ('{declared,acknowledged,resolved,closed,put_on_hold}'::text[])[
           case when k = 2 and n % 10 = 0 then 5 else k end],
       coalesce(case when k > 2 then resolved_at end, at), at, 'somebody', 'customer', 'Done.'
from public.made, generate_series(1, 4) as k where not is_open or k < 3 order by n, k;
insert into incident.reached_customer (incident_id, customer_id, service_ids)
select id, """
    + _id(_CUSTOMER, f"n % {CUSTOMERS}")
    + """, array[service_id]
from public.made where n % 10 = 0 order by n;
insert into incident.outage
    (id, service_id, kind, state, incident_id, description, automatic, started_at, ended_at,
     version, created_at, updated_at)
select """
    + _id(_OUTAGE, "n")
    + """, service_id, case when n % 400 = 0 then 'planned' else 'outage' end,
       case when is_open then 'open' else 'ended' end, id, '', n % 200 > 0, at, resolved_at, 2, at,
       at
from public.made where n % 50 = 0 order by n;
insert into incident.outage_segment
    (outage_id, place, started_at, ended_at, kind, severity_factor)
select id, 0, started_at, ended_at, kind, 1 from incident.outage;
insert into incident.outage_customer (outage_id, customer_id, share)
select """
    + _id(_OUTAGE, "n")
    + """, customer_id, 1 from public.made where n % 50 = 0;
insert into incident.signal_group
    (id, integration_id, digest, group_key, incident_id, created_at)
select """
    + _id(_GROUP, "n")
    + f""", '{INTEGRATION}', sha256(n::text::bytea), n::text, id, at
from public.made where n % 3 = 0 order by n;
insert into incident.signal
    (id, integration_id, group_id, fingerprint, started_at, status, severity, summary, details,
     service_id, raw, incident_id, count, ended_at, version, first_seen_at, last_seen_at, standing)
select """
    + _id(_SIGNAL, "n")
    + f""", '{INTEGRATION}', """
    + _id(_GROUP, "n")
    + """,
       'alert-' || n % 200000, at, case when is_open then 'firing' else 'resolved' end,
       ('{warning,critical}'::text[])[1 + n % 2], 'Orders fail', '', service_id, '{}', id, 3,
       resolved_at, 2, at, coalesce(resolved_at, at),
       case when :count - n < 300 then 'waiting' else 'open' end
from public.made where n % 3 = 0 order by n;
"""
)
_TERM: Final = (
    """jsonb_build_object('target_id', target_id, 'agreement_version', 1, 'seconds', 28800,"""
    """ 'calendar_id', null, 'pause_on', '[]'::jsonb, 'runs_only_on', '[]'::jsonb,"""
    """ 'thresholds', '[50, 75, 100]'::jsonb)"""
)
_CLOCKS: Final = (
    """
insert into incident.clock_record
    (id, type, number, service_id, is_open, facts, customer_ids, reached, created_at, updated_at)
select id, 'incident', number, service_id, is_open, '[]', array[customer_id], '{}', at, at
from public.made order by n;
insert into incident.sla_clock
    (id, record_type, record_id, record_number, service_id, customer_id, team_id, agreement_id,
     agreement_type, agreement_version, agreement_sequence, metric, target_id, target_seconds,
     calendar_ids, terms, state, running, started_at, stopped_at, breached_at, deadline,
     measured_at, elapsed, hits, attribution, version, created_at, updated_at)
select clock_id, 'incident', id, number, service_id, case when k < 3 then customer_id end,
       case when k = 3 then team_id end, target_id, case when k < 3 then 'sla' else 'ola' end, 1, 1,
       case when k = 1 then 'response' else 'resolution' end, target_id, 28800, '{}',
       jsonb_build_object('3', """
    + _TERM
    + """), case when breached then 'breached' when stopped_at is not null then 'met'
       when state = 'on_hold' then 'paused' else 'running' end,
       stopped_at is null and state <> 'on_hold', at, stopped_at,
       case when breached then deadline end, deadline, at, 0, '[]', '[]', 2, at, at
from (select *, coalesce(stopped_at, now()) > deadline as breached from
      (select *, case when k = 1 and state <> 'new' then at + interval '10 minutes'
                 else resolved_at end as stopped_at,
              """
    + _id(_AGREEMENT, "k")
    + """ as target_id, """
    + _id(_CLOCK, "(n * 4 + k)")
    + """ as clock_id, case when is_open
              then at + (n::bigint * 7919 % 1000000 + k * 3600) * interval '1 second'
              else at + interval '1 day' end as deadline
       from public.made, generate_series(1, 3) as k) as one) as two order by n, k;
insert into incident.timer (kind, subject, generation, armed, due_at, retry_at, attempts)
select 'sla_clock', """
    + _id(_CLOCK, "(n * 4 + k)")
    + """, 1, false, at, at, 0 from public.made, generate_series(1, 3) as k order by n, k;
"""
)
_EVENTS: Final = (
    """
insert into incident.event_log
    (event_id, key, sequence, type, recorded_at, occurred_at, actor, data)
select """
    + _id(_EVENT, "(n * 2 + k)")
    + """, id, k, ('{itsm.incident.declared.v1,itsm.incident.resolved.v1}'::text[])[k],
       at, at, 'somebody', '{"incident_id": "' || id || '", "number": "' || number || '"}'
from public.made, generate_series(1, 2) as k order by n, k;
insert into incident.feed (position, log_id, hash)
select id, id, sha256(id::text::bytea) from incident.event_log order by id;
"""
)
_NUMBER: Final = "select setval('incident.incident_number', :count)"


async def fill(stage: Stage, count: int, done: Callable[[], None]) -> None:
    """Fill a database with so many incidents, two tables at a time; ``done`` is called five times.

    Foreign keys are not looked at, row for row: what is written here keeps them.
    """
    await _run(stage, _MADE + _NUMBER, count)
    done()

    async def part(*steps: str) -> None:
        for one in steps:
            await _run(stage, one, count)
            done()

    await asyncio.gather(part(_MASTER + _INCIDENTS, _EVENTS), part(_CLOCKS))
    await _run(stage, "drop table public.made", count)
    await _run(stage, "vacuum analyze", count)
    done()


async def _run(stage: Stage, text: str, count: int) -> None:
    connection = await asyncpg.connect(
        stage.admin,
        server_settings={
            "session_replication_role": "replica",
            "synchronous_commit": "off",
            "work_mem": "64MB",
        },
    )
    try:
        await connection.execute(text.replace(":count", str(count)), timeout=900)
    finally:
        await connection.close()
