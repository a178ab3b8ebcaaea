"""Imports as HTTP shows them."""

from __future__ import annotations

from typing import Any, Final

from pydantic import JsonValue

from services.catalog.bundles.domain.documents import API_VERSION, LISTS
from services.catalog.bundles.domain.plans import Action, Change, Plan
from shared.schemas import ResponseModel

EXAMPLE: Final = """\
apiVersion: itsm/v1

customers:
- key: nordwind
  name: Nordwind Trading
  time_zone: Europe/Berlin
  language: de
  currency: EUR

teams:
- key: shop-platform
  name: Shop platform
  purpose: Runs the web shop
"""
DOCUMENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["apiVersion"],
    "properties": {
        "apiVersion": {"const": API_VERSION},
        **{
            name: {
                "type": "array",
                "items": {"type": "object"},
                "description": f"Documents of the kind {kind}.",
            }
            for name, kind in LISTS.items()
        },
    },
    "additionalProperties": False,
}
"""A bundle as the API document describes it; what its documents hold are the bodies of the
collections, with keys for ids."""


class FieldChange(ResponseModel):
    """A field that changes."""

    before: JsonValue
    after: JsonValue


class DocumentChange(ResponseModel):
    """What one document of a bundle does; ``moves`` are the statuses that the record passes."""

    kind: str
    key: str
    action: Action
    fields: dict[str, FieldChange]
    moves: list[str]

    @classmethod
    def of(cls, change: Change) -> DocumentChange:
        """Return what HTTP shows of a change."""
        fields: dict[str, Any] = {
            name: FieldChange(before=before, after=after)
            for name, (before, after) in change.fields.items()
        }
        return cls(
            kind=change.kind,
            key=change.key,
            action=change.action,
            fields=fields,
            moves=list(change.moves),
        )


class ImportReport(ResponseModel):
    """What a bundle did, or would do.

    ``counts`` says it for each kind; ``changes`` lists the first thousand, ``omitted`` counts the
    rest.
    """

    dry_run: bool
    counts: dict[str, dict[str, int]]
    changes: list[DocumentChange]
    omitted: int

    @classmethod
    def of(cls, plan: Plan, *, dry_run: bool) -> ImportReport:
        """Return what HTTP shows of a plan."""
        return cls(
            dry_run=dry_run,
            counts={kind: dict(sorted(counted.items())) for kind, counted in plan.counts.items()},
            changes=[DocumentChange.of(one) for one in plan.changes],
            omitted=plan.omitted,
        )
