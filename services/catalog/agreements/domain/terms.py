"""What an agreement promises: targets, what they cover, and penalties; and what is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise, product
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from services.catalog.agreements.events.vocabulary import (
    HoldReason,
    Metric,
    PenaltyBasis,
    Period,
    RecordType,
)
from services.catalog.portfolio.domain import OfferingId, ServiceId
from shared.errors import DomainError, Kind
from shared.money import Money

TIMED: Final[frozenset[Metric]] = frozenset({"response", "update", "resolution", "fulfilment"})
"""Metrics whose clocks can pause."""
MAX_SECONDS: Final = 10 * 365 * 86_400
"""Ten years of 365 days."""
MAX_COVERS: Final = 100
MAX_PENALTIES: Final = 50
MAX_SERVICES: Final = 200
"""Services, and offerings, that one cover names at most."""
MAX_THRESHOLDS: Final = 10
DEFAULT_THRESHOLDS: Final = (50, 75, 100)
_UNNAMED: Final = UUID(int=0)
_PERCENT: Final = re.compile(r"(?:100(?:\.0{1,6})?|(?:0|[1-9][0-9]?)(?:\.[0-9]{1,6})?)")


class TermsInvalidError(DomainError):
    """The terms contradict themselves, or hold a value that no term can have."""

    code = "agreement-terms-invalid"
    kind = Kind.INVALID
    title = "The terms are not valid"


class Scope(NamedTuple):
    """A service, or one offering of it."""

    service_id: ServiceId
    offering_id: OfferingId | None


@dataclass(frozen=True, slots=True)
class Target:
    """One service level target.

    ``calendar_id`` None is real time; ``runs_only_on`` empty is always; ``thresholds`` are
    percents of the target, ascending. ``target_id`` is set by ``named``.
    """

    metric: Metric
    seconds: int | None = None
    percent: str | None = None
    period: Period | None = None
    calendar_id: UUID | None = None
    pause_on: tuple[HoldReason, ...] = ()
    runs_only_on: tuple[HoldReason, ...] = ()
    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS
    target_id: UUID = _UNNAMED


@dataclass(frozen=True, slots=True)
class Cover:
    """Services and offerings, times record types, times priorities: and the targets for them.

    ``priorities`` empty is any. ``calendar_id`` is the agreed service time, None is always.
    ``offering_services`` are the services of the offerings, in their order.
    """

    service_ids: tuple[ServiceId, ...]
    offering_ids: tuple[OfferingId, ...]
    record_types: tuple[RecordType, ...]
    priorities: tuple[int, ...]
    calendar_id: UUID | None
    targets: tuple[Target, ...]
    offering_services: tuple[ServiceId, ...] = ()

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Return what is covered: services as a whole first, then offerings."""
        whole = (Scope(service_id, None) for service_id in self.service_ids)
        offered = zip(self.offering_services, self.offering_ids, strict=True)
        return (*whole, *(Scope(service_id, offering) for service_id, offering in offered))


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a missed target costs the provider; ``threshold`` is a percent where the basis has one.

    ``penalty_id`` is set by ``named``.
    """

    metric: Metric
    basis: PenaltyBasis
    threshold: str | None
    price: Money
    cap_per_period: Money | None
    penalty_id: UUID = _UNNAMED


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of an agreement promises."""

    covers: tuple[Cover, ...]
    penalties: tuple[Penalty, ...] = ()

    def named(self, agreement_id: UUID, agreement_version: int) -> Terms:
        """Return the same terms with ids that follow from their place in this version.

        So the same terms written again are the same terms, and nothing has changed.
        """

        def name(kind: str, place: str) -> UUID:
            return uuid5(agreement_id, f"{kind}/{agreement_version}/{place}")

        covers = tuple(
            replace(
                cover,
                targets=tuple(
                    replace(target, target_id=name("target", f"{number}/{target.metric}"))
                    for target in cover.targets
                ),
            )
            for number, cover in enumerate(self.covers)
        )
        penalties = tuple(
            replace(penalty, penalty_id=name("penalty", str(number)))
            for number, penalty in enumerate(self.penalties)
        )
        return Terms(covers, penalties)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return all targets in their order."""
        return tuple(target for cover in self.covers for target in cover.targets)

    @property
    def service_ids(self) -> tuple[ServiceId, ...]:
        """Return the services covered, as a whole or by an offering, ascending."""
        found = {scope.service_id for cover in self.covers for scope in cover.scopes}
        return tuple(sorted(found))


def require_sound(terms: Terms) -> None:
    """Check terms whose offerings' services are known.

    Raises:
        TermsInvalidError: with the place of what is wrong.
    """
    _require(0 < len(terms.covers) <= MAX_COVERS, "/covers", f"1 to {MAX_COVERS} covers")
    for number, cover in enumerate(terms.covers):
        _require_cover(cover, f"/covers/{number}")
    _require_apart(terms.covers)
    _require(len(terms.penalties) <= MAX_PENALTIES, "/penalties", f"at most {MAX_PENALTIES}")
    for number, penalty in enumerate(terms.penalties):
        _require_penalty(penalty, terms, f"/penalties/{number}")
    kinds = [(one.metric, one.basis, one.threshold) for one in terms.penalties]
    _require_once(kinds, "/penalties", "one penalty for a metric, basis and threshold")


def require_percent(text: str, pointer: str) -> None:
    """Check a percentage in decimal text: above 0, at most 100, up to six places.

    Raises:
        TermsInvalidError: it is none.
    """
    sound = _PERCENT.fullmatch(text) is not None and Decimal(text) > 0
    _require(sound, pointer, "a percentage above 0 and up to 100 in plain digits, like 99.9")


def _require_cover(cover: Cover, at: str) -> None:
    named = len(cover.service_ids) + len(cover.offering_ids)
    _require(named > 0, f"{at}/service_ids", "a cover names a service or an offering")
    for field in ("service_ids", "offering_ids"):
        ids: tuple[UUID, ...] = getattr(cover, field)
        _require(len(ids) <= MAX_SERVICES, f"{at}/{field}", f"at most {MAX_SERVICES}")
        _require_once(ids, f"{at}/{field}", "each once")
    _require(len(cover.record_types) > 0, f"{at}/record_types", "at least one record type")
    _require_once(cover.record_types, f"{at}/record_types", "each once")
    within = all(1 <= priority <= 5 for priority in cover.priorities)
    _require(within, f"{at}/priorities", "priorities are 1 to 5")
    _require_once(cover.priorities, f"{at}/priorities", "each once")
    _require(len(cover.targets) > 0, f"{at}/targets", "at least one target")
    _require_once([one.metric for one in cover.targets], f"{at}/targets", "one target a metric")
    for number, target in enumerate(cover.targets):
        _require_target(target, f"{at}/targets/{number}")


def _require_target(target: Target, at: str) -> None:
    if target.metric == "availability":
        _require(target.seconds is None, f"{at}/seconds", "availability is a percentage")
        _require(target.percent is not None, f"{at}/percent", "availability needs a percentage")
        _require(target.period is not None, f"{at}/period", "availability needs a period")
        require_percent(target.percent or "", f"{at}/percent")
    else:
        _require(target.percent is None, f"{at}/percent", "only availability is a percentage")
        _require(target.period is None, f"{at}/period", "only availability has a period")
        sound = target.seconds is not None and 1 <= target.seconds <= MAX_SECONDS
        _require(sound, f"{at}/seconds", f"1 to {MAX_SECONDS} seconds")
    for field in ("pause_on", "runs_only_on"):
        reasons: tuple[HoldReason, ...] = getattr(target, field)
        pauses = not reasons or target.metric in TIMED
        _require(pauses, f"{at}/{field}", f"{target.metric} does not stop for a hold")
        _require_once(reasons, f"{at}/{field}", "each once")
    both = set(target.pause_on) & set(target.runs_only_on)
    _require(not both, f"{at}/pause_on", "it cannot pause on what it runs on only")
    steps = target.thresholds
    _require(0 < len(steps) <= MAX_THRESHOLDS, f"{at}/thresholds", f"1 to {MAX_THRESHOLDS}")
    _require(all(1 <= step <= 1000 for step in steps), f"{at}/thresholds", "1 to 1000 percent")
    ascending = all(low < high for low, high in pairwise(steps))
    _require(ascending, f"{at}/thresholds", "ascending, each once")


def _require_penalty(penalty: Penalty, terms: Terms, at: str) -> None:
    promised = any(target.metric == penalty.metric for target in terms.targets)
    _require(promised, f"{at}/metric", f"nothing is promised about {penalty.metric}")
    if penalty.basis == "below_percent":
        available = penalty.metric == "availability"
        _require(available, f"{at}/metric", "only availability can be below a percentage")
        _require(penalty.threshold is not None, f"{at}/threshold", "below which percentage")
        require_percent(penalty.threshold or "", f"{at}/threshold")
    else:
        _require(penalty.threshold is None, f"{at}/threshold", "only below_percent has one")
    timed = penalty.basis != "per_minute_beyond" or penalty.metric != "availability"
    _require(timed, f"{at}/basis", "availability is not counted in minutes")
    if penalty.cap_per_period is not None:
        same = penalty.cap_per_period.currency == penalty.price.currency
        _require(same, f"{at}/cap_per_period/currency", "the currency of the price")
        below = penalty.cap_per_period.minor_units < penalty.price.minor_units
        _require(not below, f"{at}/cap_per_period/amount", "not less than the price")


def _require_apart(covers: Sequence[Cover]) -> None:
    """Check that no record could fall under two covers.

    Raises:
        TermsInvalidError: one could.
    """
    before: dict[tuple[Scope, RecordType], list[tuple[int, frozenset[int]]]] = {}
    for number, cover in enumerate(covers):
        priorities = frozenset(cover.priorities or range(1, 6))
        for cell in product(cover.scopes, cover.record_types):
            others = before.setdefault(cell, [])
            for first, taken in others:
                if not taken.isdisjoint(priorities):
                    at = f"/covers/{number}"
                    detail = f"{at}: it promises a second time what /covers/{first} does."
                    raise TermsInvalidError(detail, pointer=at)
            others.append((number, priorities))


def _require_once(values: Sequence[object], pointer: str, rule: str) -> None:
    _require(len(set(values)) == len(values), pointer, rule)


def _require(holds: bool, pointer: str, rule: str) -> None:  # noqa: FBT001 - read as a sentence
    if not holds:
        raise TermsInvalidError(f"{pointer}: {rule}.", pointer=pointer)
