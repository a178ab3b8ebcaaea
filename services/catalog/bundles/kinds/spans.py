"""Records that have no status, but an end: present until then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from services.catalog.bundles.domain.statuses import Statuses


def until(over: str) -> Statuses:
    """Return the statuses of a record that is present until it is over, for good."""
    end = frozenset({over})
    return Statuses({"present": (over,), over: ()}, "present", endings=end, final=end)


def over_or_not(over: str) -> Callable[[BaseModel, datetime], str]:
    """Return how a record with an end says whether it is over."""

    def status_of(record: BaseModel, now: datetime) -> str:
        end: datetime | None = record.valid_to  # type: ignore[attr-defined]  # it has an end
        return over if end is not None and end <= now else "present"

    return status_of


def until_after_now(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that something has not ended yet."""
    now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
    return sa.or_(column.is_(None), column > now)
