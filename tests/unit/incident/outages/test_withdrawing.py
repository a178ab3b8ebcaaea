"""An outage that is withdrawn leaves nothing to count, whatever was noted of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.outages.domain.outage import Outage, OutageId
from services.incident.outages.domain.refusals import OutageStateError
from services.incident.outages.domain.segments import DEFAULT_FACTOR, first_segment
from services.incident.outages.events import OutageCorrected, OutageEnded, OutageKind

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=1)
KINDS: tuple[OutageKind, ...] = ("outage", "degradation")


def outage() -> Outage:
    return Outage(
        id=OutageId(UUID(int=1)),
        service_id=UUID(int=2),
        incident_id=UUID(int=3),
        change_id=None,
        cause_ci_id=None,
        description="",
        segments=first_segment("degradation", Decimal("0.5"), start=START, end=None),
        affected=(),
        others_share=None,
        automatic=True,
        created_at=NOW,
        updated_at=NOW,
    )


@given(st.lists(st.sampled_from(KINDS), max_size=5), st.booleans())
def test_nothing_of_it_is_counted_afterwards(kinds: list[OutageKind], ended: bool) -> None:  # noqa: FBT001 - drawn
    known = outage()
    for hour, kind in enumerate(kinds, start=1):
        at = START + timedelta(hours=hour)
        known, _ = known.vary(kind, DEFAULT_FACTOR[kind], at=at, now=NOW)
    if ended:
        known, _ = known.end(at=NOW, now=NOW)
    assert known.lasted
    after, (event,) = known.withdraw(reason="Another service.", now=NOW)
    assert isinstance(event, OutageCorrected if ended else OutageEnded)
    assert (after.state, after.lasted, after.started_at) == ("ended", False, START)
    assert [one.end for one in after.segments] == [one.start for one in after.segments] == [START]
    assert after.version == known.version + 1
    assert after.withdraw(reason="Another service.", now=NOW) == (after, [])


def test_what_was_merged_cannot_be_withdrawn() -> None:
    ended, _ = outage().end(at=NOW, now=NOW)
    with pytest.raises(OutageStateError):
        replace(ended, state="merged").withdraw(reason="Another service.", now=NOW)
