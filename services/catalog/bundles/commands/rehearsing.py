"""Do the whole of a bundle in a transaction that its caller never commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.catalog.bundles.commands.applying import (
    Rehearsal,
    Stage,
    apply_stage,
    concerns,
)
from services.catalog.bundles.commands.planning import plan_documents
from services.catalog.bundles.commands.reading import portions
from services.catalog.bundles.domain.documents import Raw, Source
from services.catalog.bundles.domain.faults import Faults
from services.catalog.bundles.kinds.kind import Work
from shared.db import Tx

MOST: Final = 20_000
"""Documents of a kind that are rehearsed. Only what lies on the map exists in larger numbers, and
its rules are looked at document by document before; what is left to be found while it is applied is
a clash with records that no bundle made. The import then stops, and goes on when it is run again.
"""


async def rehearse(
    tx: Tx,
    *,
    source: Source,
    todo: Sequence[Stage],
    work: Work,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Take a bundle through stages so that the areas say what is wrong; the caller rolls it back.

    ``told`` hears how many documents were worked on since it heard last.

    Raises:
        BundleRefusedError: with everything that is wrong.
    """
    rehearsal = Rehearsal()
    for stage in todo:
        if source.count(stage.kind.name) > MOST and stage.kind.make_many is not None:
            continue
        for portion in portions(source, stage.kind, wanted=needed(stage)):
            planned = await plan_documents(
                tx, kind=stage.kind, documents=portion, faults=Faults(), now=work.now
            )
            concerned = [one for one in planned if concerns(stage, one)]
            if concerned:
                await apply_stage(
                    tx, stage=stage, planned=concerned, work=work, rehearsal=rehearsal
                )
            # They are never written, and would be held for as long as the rehearsal lasts.
            tx.pending.clear()
            told(len(portion))
    rehearsal.faults.refuse_if_any()


def needed(stage: Stage) -> Callable[[Raw], bool]:
    """Return which documents a stage can have something to do for."""
    if stage.step == "make":
        return lambda _: True
    statuses = stage.kind.statuses
    endings = frozenset() if statuses is None else statuses.endings
    ends = stage.step == "end"

    def has_status(raw: Raw) -> bool:
        status = raw.value.get("status")
        return status is not None and (status in endings) == ends

    return has_status
