"""What a service says of its schema, and the revisions found in its folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from shared.settings import ConfigurationError

HEAD_FILE: Final = "HEAD"
VERSION_TABLE: Final = "alembic_version"
RELEASE_TABLE: Final = "schema_release"
BOOKKEEPING: Final = (VERSION_TABLE, RELEASE_TABLE)
_SERVICE_NAME: Final = re.compile(r"[a-z][a-z_]{0,40}")


class MigrationError(Exception):
    """A migration did not go through, and nothing of its step was kept; the message is one line."""


@dataclass(frozen=True)
class Definition:
    """One service's schema: ``service`` is its name, ``folder`` holds its revisions.

    ``release`` grows by one with each release that changes the schema: code runs on a schema of
    its own release or the next. ``append_only`` tables can be read and inserted into, no more.
    """

    service: str
    metadata: sa.MetaData
    folder: Path
    release: int
    append_only: tuple[str, ...] = ("event_log", "feed")

    def __post_init__(self) -> None:
        check_name(self.service)


def check_name(service: str) -> None:
    """Accept names that need no quotes in SQL: they become schemas and roles.

    Raises:
        ConfigurationError: the name is another.
    """
    if not _SERVICE_NAME.fullmatch(service):
        message = f"not a service's name: {service!r}"
        raise ConfigurationError(message)


@dataclass(frozen=True)
class Revisions:
    """The revisions in a definition's folder; ``head`` is None while there are none."""

    script: ScriptDirectory
    head: str | None

    def knows(self, revision: str) -> bool:
        """Return whether this code has that revision."""
        return any(each.revision == revision for each in self.script.walk_revisions())


def revisions(definition: Definition) -> Revisions:
    """Read the revisions of a service.

    Raises:
        ConfigurationError: they do not form one line that ends where ``HEAD`` says.
    """
    folder = definition.folder
    try:
        script = ScriptDirectory(folder, version_locations=[folder])
        head = script.get_current_head()
    except CommandError as error:
        message = f"migrations of {definition.service}: {' '.join(str(error).split())}"
        raise ConfigurationError(message) from error
    path = folder / HEAD_FILE
    named = path.read_text(encoding="ascii").strip() if path.exists() else None
    if named != head:
        message = f"migrations of {definition.service}: HEAD names {named}, the newest is {head}"
        raise ConfigurationError(message)
    return Revisions(script, head)
