"""Rules of a change: its record, and what each step of its life asks for and makes known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.change.changes import events as facts
from services.change.changes.content import Content
from services.change.changes.events import ChangeType, CloseCode, Outcome, RiskLevel, State
from services.change.changes.lifecycle import Act, others, require_editable
from shared.errors import DomainError, Kind

ChangeId = NewType("ChangeId", UUID)
AVAILABLE_TYPES: Final[tuple[ChangeType, ...]] = ("normal",)


class ChangeNotFoundError(DomainError):
    """No such change, or none that the caller may see."""

    code = "change-not-found"
    kind = Kind.NOT_FOUND
    title = "No such change"


class ChangeTypeNotAvailableError(DomainError):
    """Changes of this type cannot be requested yet."""

    code = "change-type-not-available"
    kind = Kind.INVALID
    title = "Changes of this type are not available"


class OutsideWindowError(DomainError):
    """The planned window does not allow this now."""

    code = "outside-planned-window"
    kind = Kind.CONFLICT
    title = "The planned window does not allow this now"


class CloseCodeError(DomainError):
    """The close code contradicts how the work ended."""

    code = "close-code-contradicts-outcome"
    kind = Kind.INVALID
    title = "The close code contradicts the outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A request to alter something, and what became of it; ``version`` counts its events.

    ``state_since`` is when it came into its state, ``state_reason`` what was said then, where the
    state asks for a reason.
    """

    id: ChangeId
    number: str
    type: ChangeType
    requester: str
    content: Content
    state: State
    state_since: datetime
    state_reason: str | None = None
    risk_level: RiskLevel | None = None
    assessment: str | None = None
    authorised_by: str | None = None
    authorised_at: datetime | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    overran_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_text: str | None = None
    close_code: CloseCode | None = None
    review_text: str | None = None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def request(
        cls,
        *,
        change_id: ChangeId,
        number: str,
        kind: ChangeType,
        requester: str,
        content: Content,
        now: datetime,
    ) -> Moved:
        """Make a draft.

        Raises:
            ChangeTypeNotAvailableError: only normal changes can be requested.
            ChangeContentError: the content contradicts itself.
        """
        if kind not in AVAILABLE_TYPES:
            raise ChangeTypeNotAvailableError(
                f"Changes of the type {kind} cannot be requested yet; these can: "
                f"{', '.join(AVAILABLE_TYPES)}.",
                pointer="/type",
                extras={"available": list(AVAILABLE_TYPES)},
            )
        content.check()
        change = cls(
            id=change_id,
            number=number,
            type=kind,
            requester=requester,
            content=content,
            state="draft",
            state_since=now,
            version=1,
            created_at=now,
            updated_at=now,
        )
        return change, [facts.ChangeRequested(**_whole(change, None))]

    def revise(self, changes: Mapping[str, Any], *, now: datetime) -> Moved:
        """Alter fields of the content; what alters nothing makes no event.

        Raises:
            ChangeContentFixedError: it is past its assessment.
            ChangeContentError: the content would contradict itself.
        """
        altered = self.content.altered_by(changes)
        if not altered:
            return self, []
        require_editable(self.state)
        content = replace(self.content, **changes)
        content.check()
        after = replace(self, content=content, version=self.version + 1, updated_at=now)
        return after, [facts.ChangeUpdated(**_whole(after, self.state), changed=altered)]

    def submit(self, act: Act) -> Moved:
        """Hand the draft in to be assessed."""
        after = self._enter("assess", act)
        return after, [facts.ChangeSubmitted(**_common(after, self.state))]

    def assess(self, act: Act, *, risk_level: RiskLevel, assessment: str) -> Moved:
        """End the assessment and ask for authorisation.

        Raises:
            ChangeNotReadyError: it names no service, no window, no plan or no way back.
        """
        after = self._enter("authorize", act, risk_level=risk_level, assessment=assessment)
        self.content.require_complete(allowed=others(self.state, "authorize"))
        common = _common(after, self.state)
        fact = facts.ChangeAssessed(**common, risk_level=risk_level, assessment=assessment)
        return after, [fact]

    def authorise(self, act: Act) -> Moved:
        """Agree to the change as it stands and give it its place in the schedule.

        Raises:
            AuthorityNeededError: the actor may not decide about changes.
            SelfAuthorisationError: the actor requested this one.
            OutsideWindowError: its window has begun already.
        """
        after = self._enter("scheduled", act, version=self.version + 2, authorised_by=act.by)
        after = replace(after, authorised_at=after.state_since)
        act.require_authority(self.state, "scheduled")
        act.require_other_than(self.requester, self.state, "scheduled")
        start = self.content.planned_start
        if start is None or start <= act.now:
            raise OutsideWindowError(
                "The planned window has begun: make it a draft and plan another.",
                extras={"allowed": others(self.state, "scheduled")},
            )
        return after, [
            facts.ChangeAuthorised(**_common(self, self.state), authorised_by=act.by),
            facts.ChangeScheduled(**_common(after, self.state), authorised_by=act.by),
        ]

    def reject(self, act: Act, *, reason: str) -> Moved:
        """Refuse the change.

        Raises:
            AuthorityNeededError: the actor may not decide about changes.
        """
        after = self._enter("rejected", act, state_reason=reason)
        act.require_authority(self.state, "rejected")
        common = _common(after, self.state)
        return after, [facts.ChangeRejected(**common, rejected_by=act.by, reason=reason)]

    def revert(self, act: Act, *, reason: str) -> Moved:
        """Make it a draft again; its assessment, and an authorisation it had, are void."""
        void = dict.fromkeys(("risk_level", "assessment", "authorised_by", "authorised_at"))
        after = self._enter("draft", act, state_reason=reason, **void)
        voided = self.authorised_by is not None
        common = _common(after, self.state)
        return after, [facts.ChangeReverted(**common, reason=reason, authorisation_voided=voided)]

    def cancel(self, act: Act, *, reason: str) -> Moved:
        """Give the change up before it is carried out."""
        after = self._enter("cancelled", act, state_reason=reason, close_code="cancelled")
        common = _common(after, self.state)
        return after, [facts.ChangeCancelled(**common, reason=reason, close_code="cancelled")]

    def start(self, act: Act) -> Moved:
        """Begin to carry it out, inside the planned window or a little before it.

        Raises:
            OutsideWindowError: it is too early or too late.
        """
        after = self._enter("implement", act)
        at, start, end = after.state_since, self.content.planned_start, self.content.planned_end
        if start is None or end is None or not start - act.start_tolerance <= at <= end:
            raise OutsideWindowError(
                "A change begins inside its planned window, or shortly before.",
                extras={
                    "planned_start": start,
                    "planned_end": end,
                    "start_tolerance_minutes": act.start_tolerance.total_seconds() / 60,
                    "allowed": others(self.state, "implement"),
                },
            )
        after = replace(after, actual_start=at)
        common = _common(after, self.state)
        return after, [facts.ChangeImplementationStarted(**common, actual_start=at)]

    def overrun_if_late(self, *, now: datetime) -> Moved:
        """Note that its window ended while it was carried out, once; otherwise do nothing."""
        end, start = self.content.planned_end, self.actual_start
        done = self.state != "implement" or self.overran_at is not None
        if done or end is None or start is None or now < end:
            return self, []
        after = replace(self, overran_at=end, version=self.version + 1, updated_at=now)
        return after, [facts.ChangeOverran(**_common(after, self.state), actual_start=start)]

    def finish(self, act: Act, *, outcome: Outcome, outcome_text: str) -> Moved:
        """Say how the work ended; the review is due."""
        after = self._enter("review", act, outcome=outcome, outcome_text=outcome_text)
        after = replace(after, actual_end=after.state_since)
        done = _done(after, self.state)
        if outcome == "backed_out":
            return after, [
                facts.ChangeBackedOut(**done, outcome_text=outcome_text, outcome=outcome)
            ]
        return after, [facts.ChangeImplemented(**done, outcome_text=outcome_text, outcome=outcome)]

    def close(self, act: Act, *, close_code: Outcome, review_text: str) -> Moved:
        """Judge what came of the change and end it.

        Raises:
            CloseCodeError: it was backed out and the code denies it, or the reverse.
        """
        judged: dict[str, Any] = {"close_code": close_code, "review_text": review_text}
        after = self._enter("closed", act, version=self.version + 2, **judged)
        if (close_code == "backed_out") != (self.outcome == "backed_out"):
            raise CloseCodeError(
                f"The work ended as {self.outcome}, which {close_code} contradicts.",
                pointer="/close_code",
                extras={"outcome": self.outcome},
            )
        closed = {**_done(after, self.state), "close_code": close_code}
        return after, [
            facts.ChangeReviewed(**_common(self, self.state), **judged),
            facts.ChangeClosed(**closed),
        ]

    def _enter(self, to: State, act: Act, **changes: Any) -> Change:  # noqa: ANN401 - any fields
        at = act.instant(self.state, self.state_since, to)
        fields = {"version": self.version + 1, "state_reason": None, **changes}
        return replace(self, state=to, state_since=at, updated_at=act.now, **fields)


def _common(change: Change, previous: State | None) -> dict[str, Any]:
    return {
        "change_id": change.id,
        "number": change.number,
        "type": change.type,
        "title": change.content.title,
        "state": change.state,
        "previous_state": previous,
        "service_ids": list(change.content.service_ids),
        "planned_start": change.content.planned_start,
        "planned_end": change.content.planned_end,
    }


def _whole(change: Change, previous: State | None) -> dict[str, Any]:
    return {**_common(change, previous), "requester": change.requester, **change.content.facts()}


def _done(change: Change, previous: State) -> dict[str, Any]:
    times = {"actual_start": change.actual_start, "actual_end": change.actual_end}
    return {**_common(change, previous), **times}


Moved: TypeAlias = tuple[Change, list[facts.ChangeEvent]]
"""A change after an act, and what the act makes known."""
