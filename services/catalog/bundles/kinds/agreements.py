"""Agreements as entries of a bundle.

A document holds the newest version of the terms. Where it differs from an agreement in force, the
difference is an amendment that holds from the import on; older versions stay readable where they
are, and are no part of an export.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.catalog.agreements import commands
from services.catalog.agreements.domain.agreement import IN_FORCE, TRANSITIONS, AgreementId
from services.catalog.agreements.queries import AGREEMENTS, read_agreement
from services.catalog.agreements.schemas.bodies import (
    AmendAgreement,
    ChangeAgreement,
    DraftAgreement,
    changes_of,
    covers_of,
    penalties_of,
)
from services.catalog.agreements.schemas.records import AgreementSummary
from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.bundles.kinds.money import canonical_money
from shared.auth import platform_actor
from shared.db import ReadTx, Tx

_OVER: Final = frozenset({"expired", "terminated"})
_REASON: Final = "A bundle says that it has ended."
_AMENDABLE: Final = frozenset(AmendAgreement.model_fields) - {"valid_from", "reason"}


async def _make(tx: Tx, body: DraftAgreement, work: Work) -> UUID:
    given = {
        **dict(body),
        "covers": covers_of(body.covers),
        "penalties": penalties_of(body.penalties),
    }
    made = await commands.draft_agreement(
        tx, agreement_id=AgreementId(work.new_id()), **given, actor=work.actor, now=work.now
    )
    return made.id


async def _revise(tx: Tx, record_id: UUID, changes: ChangeAgreement, work: Work) -> None:
    record = await read_agreement(tx, ref=record_id, actor=work.actor)
    known = changes_of(changes)
    if record.status in IN_FORCE and known.keys() <= _AMENDABLE:
        await commands.amend_agreement(
            tx,
            ref=record_id,
            expected_version=None,
            valid_from=work.now,
            changes=known,
            actor=work.actor,
            now=work.now,
        )
        return
    # What is agreed on and not in force refuses this, and so does what no amendment can change.
    await commands.change_agreement(
        tx,
        ref=record_id,
        expected_version=None,
        changes=known,
        actor=work.actor,
        now=work.now,
    )


async def _move(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await commands.move_agreement(
        tx,
        ref=record_id,
        expected_version=None,
        to=to,
        said={"reason": _REASON} if to == "terminated" else {},
        actor=work.actor,
        now=work.now,
    )


async def _terms(
    tx: ReadTx, records: Sequence[AgreementSummary], _now: datetime
) -> dict[UUID, Body]:
    """Return what the list does not show: the newest terms, without the ids of their parts."""
    actor = platform_actor("catalog")
    found: dict[UUID, Body] = {}
    for record in records:
        whole = await read_agreement(tx, ref=record.id, actor=actor)
        told = whole.model_dump(
            mode="json", include={"covers", "penalties", "parent_agreement_ids"}
        )
        for cover in told["covers"]:
            for target in cover["targets"]:
                del target["target_id"]
        for penalty in told["penalties"]:
            del penalty["penalty_id"]
        found[record.id] = told
    return found


def _in_order(body: Body) -> Body:
    """Return terms with what stands in no order in one order."""
    for cover in body.get("covers") or ():
        for name in ("record_types", "priorities"):
            cover[name] = sorted(cover[name])
        for target in cover["targets"]:
            for name in ("pause_on", "runs_only_on", "thresholds"):
                target[name] = sorted(target[name])
    for penalty in body.get("penalties") or ():
        penalty["price"] = canonical_money(penalty["price"])
        penalty["cap_per_period"] = canonical_money(penalty["cap_per_period"])
    return body


def _status_of(record: AgreementSummary, _now: datetime) -> str:
    # That it has ended by itself nobody can ask for; for a bundle both ends are one.
    return "terminated" if record.status == "expired" else record.status


AGREEMENT: Final = Kind(
    name="agreement",
    model=DraftAgreement,
    patch=ChangeAgreement,
    rows=Rows(
        AGREEMENTS,
        by_fields(AgreementSummary),
        present=AGREEMENTS.filters["status"].not_in(_OVER),
    ),
    make=_make,
    revise=_revise,
    move=_move,
    more=_terms,
    canonical=_in_order,
    references=(
        Reference(("customers",), "customer_ids", ("customer",), many=True),
        Reference(("team",), "team_id", ("team",)),
        Reference(("supplier",), "supplier_id", ("supplier",)),
        Reference(("parent_agreements",), "parent_agreement_ids", ("agreement",), many=True),
        Reference(("covers", "*", "services"), "service_ids", ("service",), many=True),
        Reference(("covers", "*", "offerings"), "offering_ids", ("offering",), many=True),
        Reference(("covers", "*", "calendar"), "calendar_id", ("calendar",)),
        Reference(("covers", "*", "targets", "*", "calendar"), "calendar_id", ("calendar",)),
    ),
    statuses=Statuses(
        {status: ways for status, ways in TRANSITIONS.items() if status != "expired"},
        "draft",
        endings=_OVER,
        final=_OVER,
    ),
    status_of=_status_of,
    only_given=frozenset({"valid_from"}),
)
