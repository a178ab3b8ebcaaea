"""What is to be known of a kind of document to read, check, compare, make and export it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.tables import BUNDLE_ENTRY
from shared.auth import Actor
from shared.db import ReadTx, Row, Tx, statement
from shared.paging import Listing
from shared.schemas import of_row

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """In whose name and when something is done, and where new ids come from."""

    actor: Actor
    now: datetime
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record in the API's terms: the fields that a new one would be made of, and its status.

    Where a field can refer to several kinds, it holds ``kind/id``.
    """

    id: UUID
    body: Mapping[str, Any]
    status: str | None


class Rows:
    """The records of a kind, read through the list of its area."""

    def __init__(
        self,
        listing: Listing,
        record_of: Callable[[Row], BaseModel],
        *,
        present: sa.ColumnElement[bool],
    ) -> None:
        """Name the list and how a row becomes the API's record.

        ``present`` tells what an export holds; it may have a placeholder ``now``.
        """
        self._record_of = record_of
        source, key = listing.source, listing.key
        self._by_id = statement(
            source.where(key == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))
        )
        self._any = statement(source.limit(1))
        self._count = statement(sa.select(sa.func.count()).select_from(key.table).where(present))
        name = sa.func.coalesce(BUNDLE_ENTRY.c.key, sa.cast(key, sa.Text)).collate("C")
        self._in_order = statement(
            sa.select(key.label("id"))
            .select_from(key.table.outerjoin(BUNDLE_ENTRY, BUNDLE_ENTRY.c.record_id == key))
            .where(present)
            .order_by(name)
        )

    async def any(self, tx: ReadTx) -> bool:
        """Tell whether there is a record of this kind, over or not."""
        return await tx.first(self._any) is not None

    async def by_id(self, tx: ReadTx, ids: Sequence[UUID]) -> list[BaseModel]:
        """Return the records that have these ids, in any order."""
        return [self._record_of(row) for row in await tx.all(self._by_id, ids=list(ids))]

    async def count(self, tx: ReadTx, *, now: datetime) -> int:
        """Return how many records are there at an instant."""
        found: int = await tx.value(self._count, now=now)
        return found

    async def in_order(self, tx: ReadTx, *, now: datetime) -> list[UUID]:
        """Return the ids of the records that are there at an instant, by their keys."""
        return [row["id"] for row in await tx.all(self._in_order, now=now)]


def by_fields(record: type[BaseModel]) -> Callable[[Row], BaseModel]:
    """Return how a row becomes a record whose fields are columns."""
    return lambda row: of_row(record, row)


def by_status(record: BaseModel, _now: datetime) -> str | None:
    """Return the status that a record has as a field."""
    found: str | None = getattr(record, "status", None)
    return found


def as_it_is(body: Body) -> Body:
    """Return a body unchanged."""
    return body


def after_it(_name: str, _before: object, after: object) -> object:
    """Return what a field becomes."""
    return after


def nothing_unsound(_body: object) -> None:
    """Find nothing wrong that the model has not found."""


def nothing_claimed(_fields: Mapping[str, Any]) -> Sequence[str]:
    """Return nothing that only one document may have."""
    return ()


Make = Callable[[Tx, Any, Work], Awaitable[UUID]]
Revise = Callable[[Tx, UUID, Any, Work], Awaitable[object]]
Move = Callable[[Tx, UUID, Any, Work], Awaitable[object]]
MakeMany = Callable[[Tx, Sequence[Any], Work], Awaitable[Sequence[UUID]]]
More = Callable[[ReadTx, Sequence[Any], datetime], Awaitable[Mapping[UUID, Body]]]


@dataclass(frozen=True)
class Kind:
    """One kind of document.

    ``model`` is the API's body of a new record and ``patch`` that of a change; fields that only
    one of both has never change. ``only_given`` fields have no default that could be compared.
    ``more`` reads what the list of an area does not show; ``canonical`` brings a body into the one
    order in which an area keeps it; ``patched`` is what a change sends for a field; ``hidden``
    fields of the API are said elsewhere in a bundle. ``derive`` makes the key of documents that
    may go without one. ``unsound`` says where and why a body breaks a rule that the model does not
    know, ``claims`` what no two documents may have: both for kinds of which there can be too many
    to rehearse them. ``late`` kinds come to their statuses after everything else was made.
    ``make_many`` is for kinds of which there are hundreds of thousands.
    """

    name: str
    model: type[BaseModel]
    rows: Rows
    make: Make
    revise: Revise | None = None
    patch: type[BaseModel] | None = None
    move: Move | None = None
    references: tuple[Reference, ...] = ()
    statuses: Statuses | None = None
    status_of: Callable[[Any, datetime], str | None] = by_status
    more: More | None = None
    canonical: Callable[[Body], Body] = as_it_is
    patched: Callable[[str, Any, Any], object] = after_it
    only_given: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    derive: Callable[[Mapping[str, Any]], str | None] | None = None
    unsound: Callable[[Any], tuple[str, str] | None] = nothing_unsound
    claims: Callable[[Mapping[str, Any]], Sequence[str]] = nothing_claimed
    late: bool = False
    make_many: MakeMany | None = None

    @cached_property
    def changeable(self) -> frozenset[str]:
        """Return the document's names of fields that a change can have."""
        if self.patch is None or self.revise is None:
            return frozenset()
        return frozenset(self._written(name) for name in names_of(self.patch))

    @cached_property
    def defaults(self) -> Body:
        """Return the values that fields have which a document leaves out, by its names for them."""
        found: Body = {}
        for name, field in names_of(self.model).items():
            written = self._written(name)
            if name in self.hidden or written in self.only_given:
                continue
            if not field.is_required():
                default = field.get_default(call_default_factory=True)
                found[written] = to_jsonable_python(default, by_alias=True)
        return found

    @cached_property
    def unsaid(self) -> frozenset[str]:
        """Return the API's names of fields that a document says elsewhere, or not at all."""
        return self.hidden | ({"status"} if self.statuses else frozenset())

    @cached_property
    def order(self) -> list[str]:
        """Return a document's names of its fields, in the order in which they are written."""
        return [self._written(name) for name in names_of(self.model)]

    def _written(self, name: str) -> str:
        for one in self.references:
            if one.name == name and len(one.path) == 1:
                return one.path[0]
        return name

    async def stored(
        self, tx: ReadTx, records: Sequence[BaseModel], *, now: datetime
    ) -> list[Stored]:
        """Return records in the terms of new ones, as they are at an instant."""
        more = {} if self.more is None else await self.more(tx, records, now)
        names = [name for name in names_of(self.model) if name not in self.unsaid]
        several = [one for one in self.references if len(one.kinds) > 1 and not one.many]
        found: list[Stored] = []
        for record in records:
            identity: UUID = record.id  # type: ignore[attr-defined]  # each record has one
            dumped = record.model_dump(mode="json", by_alias=True)
            for one in several:
                target = dumped.get(f"{one.name.removesuffix('_id')}_kind")
                if target is not None:
                    dumped[one.name] = f"{target}/{dumped[one.name]}"
            dumped.update(more.get(identity, {}))
            body = self.canonical({name: dumped[name] for name in names if name in dumped})
            found.append(Stored(identity, body, self.status_of(record, now)))
        return found


def names_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the names that they have in JSON."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
