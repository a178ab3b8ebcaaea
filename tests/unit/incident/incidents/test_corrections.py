"""Corrections of times keep the order of what happened, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.domain import corrections, relations
from services.incident.incidents.domain.corrections import (
    DECISIVE,
    TimeNotCorrectableError,
    Told,
)
from services.incident.incidents.domain.incident import Incident
from services.incident.incidents.domain.milestones import MomentNotPossibleError
from services.incident.incidents.domain.timeline import entries
from services.incident.incidents.events.relations import IncidentTimestampsCorrected
from tests.unit.incident.incidents.test_domain import START, declare

MINUTE: Final = timedelta(minutes=1)
LIFE: Final = ("put_on_hold", "resumed", "started", "reopened", "resolved", "cancelled")
TEAMS: Final = ("assigned", "reassigned")
GROUPS: Final = (LIFE, TEAMS, ("priority_changed",), ("commented",))
NOW: Final = START + 600 * MINUTE


def told(sequence: int, kind: str, minutes: int) -> Told:
    return Told(sequence, kind, START + minutes * MINUTE, "customer", None)


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """Return entries in any mixture, each kind in its order; all resolutions were taken back."""
    minutes = sorted(draw(st.lists(st.integers(0, 500), min_size=1, max_size=12)))
    kinds = st.sampled_from([*DECISIVE, "commented"]).filter(
        lambda kind: kind not in ("closed", "resolved")
    )
    return [told(place, draw(kinds), one) for place, one in enumerate(minutes, start=2)]


def correct(
    incident: Incident, story: Sequence[Told], sequence: int, at: datetime
) -> tuple[Incident, IncidentTimestampsCorrected | None]:
    after, events = corrections.correct_entry(
        incident, story, sequence=sequence, occurred_at=at, reason="Known late.", now=NOW
    )
    for one in events:
        assert isinstance(one, IncidentTimestampsCorrected)
        return after, one
    return after, None


def in_its_order(story: Sequence[Told], entry: Told) -> bool:
    """Tell whether what an entry belongs with goes by its sequence, from the report on."""
    group = next(one for one in GROUPS if entry.kind in one)
    ends = ("cancelled", "merged") if entry.kind in TEAMS else ()
    times = [one.occurred_at for one in story if one.kind in group or one == entry]
    if entry.kind == "commented":
        times = [entry.occurred_at]
    over = [one.occurred_at for one in story if one.kind in ends and one.sequence > entry.sequence]
    return (
        all(one <= other for one, other in pairwise([START, *times]))
        and entry.occurred_at <= NOW + 5 * MINUTE
        and all(entry.occurred_at <= one for one in over)
    )


@given(stories(), st.data())
def test_what_keeps_its_order_is_possible_and_nothing_else(
    story: list[Told], data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(story))
    at = START + data.draw(st.integers(-60, 700)) * MINUTE
    moved = replace(entry, occurred_at=at)
    wanted = [moved if one is entry else one for one in story]
    # A merge is the end of a life as well.
    wanted = [replace(one, kind="cancelled") if one.kind == "merged" else one for one in wanted]
    moved = next(one for one in wanted if one.sequence == entry.sequence)
    if at == entry.occurred_at:
        assert correct(declare(), story, entry.sequence, at)[1] is None
    elif in_its_order(wanted, moved):
        after, event = correct(declare(), story, entry.sequence, at)
        assert event is not None
        assert event.entry is not None
        said = event.entry
        assert (said.sequence, said.kind) == (entry.sequence, entry.kind)
        assert (said.old, said.new) == (entry.occurred_at, at)
        assert after.version == 2
        # And back.
        back = [moved if one.sequence == moved.sequence else one for one in story]
        assert correct(after, back, entry.sequence, entry.occurred_at)[1] is not None
    else:
        with pytest.raises(MomentNotPossibleError) as refused:
            correct(declare(), story, entry.sequence, at)
        assert refused.value.pointer == "/occurred_at"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("declared", "reported_at"),
        ("acknowledged", "acknowledged_at"),
        ("milestone_recorded", "mitigated_at"),
        ("resolved", "resolved_at"),
        ("closed", "closed_at"),
        ("updated", "No clock"),
        ("linked", "No clock"),
    ],
)
def test_milestones_and_what_no_clock_counts_by_are_refused(kind: str, words: str) -> None:
    story = [told(2, "started", 1), told(3, kind, 5)]
    with pytest.raises(TimeNotCorrectableError, match=words):
        correct(declare(), story, 3, START + 2 * MINUTE)


def test_notes_and_words_of_customers_are_no_updates() -> None:
    incident = declare()
    public = told(2, "commented", 5)
    assert correct(incident, [public], 2, START)[1] is not None
    for other in (
        replace(public, visibility="internal"),
        replace(public, customer_id=incident.id),
    ):
        with pytest.raises(TimeNotCorrectableError):
            correct(incident, [other], 2, START)


def test_a_resolution_in_force_bounds_by_when_it_is_known_to_have_been() -> None:
    incident = replace(declare(), state="resolved", resolved_at=START + 20 * MINUTE)
    story = [told(2, "put_on_hold", 5), told(3, "resumed", 10), told(4, "resolved", 30)]
    with pytest.raises(MomentNotPossibleError, match="resolved, entry 4"):
        correct(incident, story, 3, START + 25 * MINUTE)
    assert correct(incident, story, 3, START + 20 * MINUTE)[1] is not None


def test_the_newest_state_is_dated_anew() -> None:
    incident = replace(declare(), state="on_hold", state_since=START + 5 * MINUTE)
    story = [told(2, "started", 1), told(3, "put_on_hold", 5)]
    after, _ = correct(incident, story, 3, START + 3 * MINUTE)
    assert after.state_since == START + 3 * MINUTE
    after, _ = correct(incident, story, 2, START)
    assert after.state_since == incident.state_since


def test_what_comes_next_comes_after_all_that_was_moved() -> None:
    incident = replace(declare(), state="assigned", state_since=START + 30 * MINUTE)
    story = [told(2, "put_on_hold", 10), told(3, "resumed", 20), told(4, "reassigned", 30)]
    after, _ = correct(incident, story, 4, START + 15 * MINUTE)
    assert after.state_since == START + 20 * MINUTE
    after, _ = correct(incident, story, 3, START + 40 * MINUTE)
    assert after.state_since == START + 40 * MINUTE


def test_an_earlier_report_dates_the_state_that_it_began_with() -> None:
    earlier = {"reported_at": START - 60 * MINUTE}
    incident = replace(declare(), started_at=START - 90 * MINUTE, detected_at=START - 90 * MINUTE)
    for story, since in (([], -60), ([told(2, "assigned", 3)], 3)):
        after, _ = relations.correct(incident, earlier, reason="Late.", story=story, now=NOW)
        assert after.state_since == START + since * MINUTE


def test_what_a_customer_did_is_corrected_before_nobody_else() -> None:
    story = [replace(told(2, "reopened", 5), customer_id=declare().id)]
    _, event = correct(declare(), story, 2, START + MINUTE)
    assert event is not None
    assert event.entry is not None
    assert event.entry.visibility == "internal"


def test_the_words_of_a_correction_say_both_times_and_why() -> None:
    story = [told(2, "put_on_hold", 5)]
    after, event = correct(declare(), story, 2, START + MINUTE)
    assert event is not None
    (entry,) = entries(
        [event], version=after.version, actor="nora", customer_id=None, occurred_at=NOW, now=NOW
    )
    assert entry.visibility == "customer"
    for words in ("put_on_hold", "entry 2", "Known late.", "09:05:00", "09:01:00"):
        assert words in entry.text
