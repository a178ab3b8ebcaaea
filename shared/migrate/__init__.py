"""The one runner of migrations, and the roles and schema that a service's tables live in.

A service brings a ``Definition``: its tables' metadata, the folder of its revisions
(``NNNN_slug.py`` and a file ``HEAD`` that names the newest, so that two people who both add one
meet in version control), and its release number. ``roles`` makes the database ready for it,
``session`` is how a runner connects, ``runner`` brings the schema up to date and judges it at a
start, ``autogenerate`` compares tables with migrations and drafts new ones.
"""

from shared.migrate.autogenerate import differences, revise
from shared.migrate.definition import Definition, MigrationError
from shared.migrate.roles import RolePasswords, provision
from shared.migrate.runner import check, downgrade, upgrade

__all__ = [
    "Definition",
    "MigrationError",
    "RolePasswords",
    "check",
    "differences",
    "downgrade",
    "provision",
    "revise",
    "upgrade",
]
