"""What is asked of a service desk: each read and each filter and sort of its lists, by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.performance import years

_INCIDENTS, _CLOCKS = "/incident/v1/incidents", "/incident/v1/clocks"
_QUEUE, _SIGNALS, _OUTAGES = "/incident/v1/queue", "/incident/v1/signals", "/incident/v1/outages"
_METRICS, _AVAILABILITY = "/incident/v1/metrics", "/incident/v1/availability"
PAGE: Final = 50
_OLD, _NEW = 2400, 100
"""Places from the oldest of the smaller, and from the newest, of incidents to be looked at."""


def questions(count: int, now: datetime) -> dict[str, str]:
    """Return what staff asks, by the names of figures; ``{limit}`` is the length of a page."""
    page, newest = "limit={limit}", count - _NEW
    month = f"period_start={_text(now - timedelta(days=30))}&period_end={_text(now)}"
    old, new = years.incident(_OLD), years.incident(newest)
    return {
        "get_incident": f"{_INCIDENTS}/{old}",
        "get_incident_by_number": f"{_INCIDENTS}/INC{_OLD:07d}",
        "timeline": f"{_INCIDENTS}/{old}/timeline?{page}",
        "history": f"{_INCIDENTS}/{old}/history?{page}",
        "impact": f"{_INCIDENTS}/{new}/impact",
        **_lists("incidents", _INCIDENTS, page, _INCIDENT_FILTERS, now),
        "queue": f"{_QUEUE}?{page}",
        "queue_by_priority": f"{_QUEUE}?{page}&order=priority",
        "queue_of_a_team": f"{_QUEUE}?{page}&team_id={years.team(7)}",
        "queue_changed": f"{_QUEUE}?{page}&changed_since={_text(now - timedelta(hours=3))}",
        "clock": f"{_CLOCKS}/{years.clock(_OLD, 1)}",
        "clock_explained": f"{_CLOCKS}/{years.clock(newest, 2)}/explain",
        **_lists("clocks", _CLOCKS, page, _CLOCK_FILTERS, now),
        "signal": f"{_SIGNALS}/{years.signal(_OLD)}",
        **_lists("signals", _SIGNALS, page, _SIGNAL_FILTERS, now),
        "outage": f"{_OUTAGES}/{years.outage(_OLD)}",
        **_lists("outages", _OUTAGES, page, _OUTAGE_FILTERS, now),
        "availability": (
            f"{_AVAILABILITY}?customer_id={years.customer(1)}&service_id={years.service(24)}&{month}"
        ),
        **{
            f"metrics_by_{group}": f"{_METRICS}?{month}&group_by={group}"
            for group in ("customer", "service", "team")
        },
    }


_INCIDENT_FILTERS: Final = {
    "newest": "",
    "by_number": "sort=number",
    "by_update": "sort=-updated_at",
    "new": "state=new",
    "on_hold": "state=on_hold",
    "open": "state=new,assigned,in_progress,on_hold",
    "resolved": "state=resolved",
    "closed": "state=closed",
    "of_a_priority": "priority=1",
    "major": "major_state=accepted",
    "of_a_service": f"service_id={years.service(7)}",
    "open_of_a_service": f"service_id={years.service(7)}&state=new,assigned,in_progress,on_hold",
    "of_a_team": f"assignment_team_id={years.team(7)}",
    "open_of_a_team": (
        f"assignment_team_id={years.team(7)}&state=new,assigned,in_progress,on_hold"
    ),
    "of_an_assignee": "assignee=agent-7",
    "open_of_an_assignee": "assignee=agent-7&state=assigned,in_progress,on_hold",
    "of_nobody": "assignee=nobody",
    "of_a_channel": "channel=phone",
    "of_a_parent": f"parent_id={years.incident(_OLD)}",
    "of_a_number": f"number=INC{_OLD:07d}",
    "of_a_day": "opened_at[gte]={day}&opened_at[lt]={next}",
    "of_a_customer": f"customer_id={years.customer(7)}",
}
_CLOCK_FILTERS: Final = {
    "newest": "",
    "by_creation": "sort=created_at",
    "running": "running=true",
    "paused": "state=paused",
    "breached": "state=breached",
    "breached_and_running": "state=breached&running=true",
    "due": "running=true&deadline[lt]={now}",
    "due_of_a_day": "deadline[gte]={day}&deadline[lt]={next}",
    "breached_of_a_day": "breached_at[gte]={day}&breached_at[lt]={next}",
    "stopped_of_a_day": "stopped_at[gte]={day}&stopped_at[lt]={next}",
    "started_of_a_day": "started_at[gte]={day}&started_at[lt]={next}",
    "of_a_record": f"record_id={years.incident(_OLD)}",
    "of_a_number": f"record_number=INC{_OLD:07d}",
    "of_a_customer": f"customer_id={years.customer(7)}",
    "running_of_a_customer": f"customer_id={years.customer(7)}&running=true",
    "of_a_service": f"service_id={years.service(7)}",
    "running_of_a_service": f"service_id={years.service(7)}&running=true",
    "of_a_team": f"team_id={years.team(7)}",
    "running_of_a_team": f"team_id={years.team(7)}&running=true",
    "of_a_supplier": f"supplier_id={years.team(7)}",
    "of_an_agreement": f"agreement_id={years.agreement(2)}",
    "of_another_agreement": f"agreement_id={years.agreement(7)}",
    "of_a_type": "agreement_type=ola",
    "of_a_metric": "metric=response",
}
_SIGNAL_FILTERS: Final = {
    "newest": "",
    "by_start": "sort=-started_at",
    "firing": "status=firing",
    "waiting": "standing=waiting",
    "suppressed": "standing=suppressed",
    "suppressed_by": f"suppressed_by={years.incident(1)}",
    "of_a_severity": "severity=critical",
    "of_a_service": f"service_id={years.service(7)}",
    "of_a_fingerprint": "fingerprint=alert-2400",
    "of_an_integration": f"integration_id={years.INTEGRATION}",
    "of_another_integration": f"integration_id={years.incident(1)}",
    "of_an_incident": f"incident_id={years.incident(_OLD)}",
    "of_a_day": "last_seen_at[gte]={day}&last_seen_at[lt]={next}",
    "started_of_a_day": "started_at[gte]={day}&started_at[lt]={next}",
}
_OUTAGE_FILTERS: Final = {
    "newest": "",
    "by_start": "sort=-started_at",
    "open": "state=open",
    "merged": "state=merged",
    "planned": "kind=planned",
    "automatic": "automatic=true",
    "by_people": "automatic=false",
    "of_a_service": f"service_id={years.service(400)}",
    "of_an_incident": f"incident_id={years.incident(_OLD)}",
    "of_a_change": f"change_id={years.incident(_OLD)}",
    "of_a_day": "started_at[gte]={day}&started_at[lt]={next}",
    "ended_of_a_day": "ended_at[gte]={day}&ended_at[lt]={next}",
    "of_a_customer": f"customer_id={years.customer(0)}",
}


OF_CUSTOMERS: Final = frozenset(
    {
        *("incidents_newest", "incidents_open", "incidents_by_update", "incidents_of_a_customer"),
        *("clocks_newest", "clocks_running", "clocks_of_a_customer"),
        *("outages_newest", "outages_open", "outages_of_a_customer", "metrics_by_customer"),
    }
)
"""What a customer's user is let ask as well."""


def _lists(
    name: str, path: str, page: str, filters: dict[str, str], now: datetime
) -> dict[str, str]:
    days = {
        "{now}": _text(now),
        "{day}": _text(now - timedelta(days=30)),
        "{next}": _text(now - timedelta(days=29)),
    }
    made = {}
    for which, asked in filters.items():
        for mark, text in days.items():
            asked = asked.replace(mark, text)  # noqa: PLW2901 - each mark in turn
        made[f"{name}_{which}"] = f"{path}?{page}&{asked}".removesuffix("&")
    return made


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
