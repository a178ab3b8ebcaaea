"""What a delivery means: any sequence of reports keeps the count of what fires right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.incident.signals.domain.ledger import Ledger, sort_out
from services.incident.signals.domain.signal import Action, Identity, Report, Signal

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
INTEGRATION, GROUP, INCIDENT = UUID(int=1), UUID(int=2), UUID(int=3)


def report(
    fingerprint: str = "a", action: Action = "trigger", *, start: int | None = 0, text: str = "Fail"
) -> Report:
    moment = None if start is None else NOW - timedelta(hours=5) + timedelta(minutes=start)
    return Report(
        fingerprint=fingerprint,
        action=action,
        started_at=moment,
        ended_at=None,
        severity="critical",
        service_hint=None,
        ci_hint=None,
        name="Kind",
        summary=text,
        details="",
        link=None,
        raw="",
    )


class Store:
    """The signals as they would be kept."""

    def __init__(self) -> None:
        self.signals: dict[Identity, Signal] = {}
        self.numbers = count(100)

    def build(self, told: Report, started_at: datetime) -> Signal:
        return Signal(
            id=UUID(int=next(self.numbers)),
            integration_id=INTEGRATION,
            group_id=GROUP,
            fingerprint=told.fingerprint,
            started_at=started_at,
            status="firing",
            severity=told.severity,
            summary=told.summary or told.name,
            details=told.details,
            service_id=None,
            service_hint=None,
            link=None,
            raw="",
            incident_id=None,
            count=1,
            ended_at=None,
            version=1,
            first_seen_at=NOW,
            last_seen_at=NOW,
        )

    def apply(self, *reports: Report) -> Ledger:
        ledger = sort_out(reports, self.signals.values(), build=self.build, now=NOW)
        ledger.lead_to(INCIDENT)
        versions = {signal.id: signal.version for signal in self.signals.values()}
        for happened, signal in ledger.steps:
            assert signal.version == versions.get(signal.id, 0) + 1
            versions[signal.id] = signal.version
            event = signal.told(happened)
            assert (event.status, event.count) == (signal.status, signal.count)
        for signal in ledger.latest.values():
            self.signals[signal.identity] = signal
        return ledger

    def firing(self) -> list[Signal]:
        return [signal for signal in self.signals.values() if signal.status == "firing"]


REPORTS = st.builds(
    report,
    st.sampled_from("ab"),
    st.sampled_from(["trigger", "resolve", "acknowledge"]),
    start=st.one_of(st.none(), st.integers(0, 3)),
    text=st.sampled_from(["", "Fail"]),
)


@given(st.lists(st.lists(REPORTS, max_size=5), max_size=8))
def test_of_each_fingerprint_one_signal_fires_at_most(deliveries: list[list[Report]]) -> None:
    store = Store()
    for reports in deliveries:
        firing = {signal.id for signal in store.firing()}
        ledger = store.apply(*reports)
        now_firing = {signal.id for signal in store.firing()}
        assert now_firing - firing <= ledger.fresh
        assert firing - now_firing <= ledger.ended
        fingerprints = [signal.fingerprint for signal in store.firing()]
        assert len(fingerprints) == len(set(fingerprints))
        for signal in store.signals.values():
            assert (signal.status == "firing") == (signal.ended_at is None)
            assert signal.summary


@given(st.lists(REPORTS, max_size=6))
def test_the_same_delivery_again_makes_nothing_new(reports: list[Report]) -> None:
    placed = [replace(one, started_at=one.started_at or NOW) for one in reports]
    store = Store()
    store.apply(*placed)
    known = set(store.signals)
    ledger = store.apply(*placed)
    assert set(store.signals) == known
    assert not ledger.born


def test_a_repetition_counts_and_texts_stay() -> None:
    store = Store()
    store.apply(report())
    ledger = store.apply(report(text=""))
    assert [happened for happened, _ in ledger.steps] == ["repeated"]
    (signal,) = store.firing()
    assert (signal.count, signal.summary) == (2, "Fail")
    assert not ledger.fresh


def test_a_report_without_a_start_is_about_the_one_that_fires() -> None:
    store = Store()
    store.apply(report(start=0))
    ledger = store.apply(report(action="resolve", start=None))
    assert len(ledger.ended) == 1
    assert store.firing() == []


def test_a_report_that_was_overtaken_is_over_already() -> None:
    store = Store()
    store.apply(report(start=2))
    ledger = store.apply(report(start=1))
    assert not ledger.fresh
    assert [signal.started_at for signal in store.firing()] == [report(start=2).started_at]


def test_what_came_and_went_between_two_deliveries_is_kept() -> None:
    store = Store()
    ledger = store.apply(report(action="resolve"))
    assert not ledger.fresh
    assert [signal.status for signal in store.signals.values()] == ["resolved"]


def fresh(*fingerprints: str, store: Store | None = None) -> Ledger:
    build = (store or Store()).build
    return sort_out([report(one) for one in fingerprints], [], build=build, now=NOW)


def test_signals_that_wait_are_not_fresh_and_lead_nowhere() -> None:
    ledger = fresh("a", "b")
    ledger.wait()
    assert ledger.fresh == set()
    stands = {(one.standing, one.incident_id) for one in ledger.latest.values()}
    assert stands == {("waiting", None)}
    assert {one.standing for _, one in ledger.steps} == {"waiting"}


def test_what_waited_leads_to_the_incident_once() -> None:
    store = Store()
    earlier = fresh("a", store=store)
    earlier.wait()
    ledger = fresh("b", store=store)
    ledger.lead_to(INCIDENT)
    ledger.link(earlier.latest.values(), INCIDENT)
    ledger.link(earlier.latest.values(), INCIDENT)
    assert [happened for happened, _ in ledger.steps] == ["received", "linked"]
    assert {one.incident_id for one in ledger.latest.values()} == {INCIDENT}


def test_a_change_explains_only_the_signals_that_it_is_said_to() -> None:
    ledger = fresh("a", "b")
    explained = min(ledger.fresh)
    ledger.suppress([explained], change_id=GROUP, reason="New disks")
    assert explained not in ledger.fresh
    assert ledger.latest[explained].suppressed_by == GROUP
    (other,) = ledger.fresh
    assert (ledger.latest[other].standing, ledger.latest[other].suppressed_by) == ("open", None)


def test_a_released_signal_is_fresh_again_and_explained_by_nothing() -> None:
    ledger = fresh("a")
    ledger.suppress(list(ledger.fresh), change_id=GROUP, reason="New disks")
    later = Ledger()
    later.release(ledger.latest.values())
    (signal,) = later.latest.values()
    assert later.fresh == {signal.id}
    assert (signal.standing, signal.suppressed_by, signal.version) == ("open", None, 2)
