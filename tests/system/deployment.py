"""Where programs of a test run: on their own database, or on ours with a broker between them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from shared.auth import LocalIssuer
from tests.support.app import NAMES
from tests.support.postgres import Database
from tests.system.programs import ROOT, Program, Programs, inherited

COMMON: Final = {
    "drain_seconds": 0,
    # A delivery that was in hand when its worker was killed is taken up again after this.
    "notify_lease_seconds": 3,
    "notify_smtp_timeout_seconds": 2,
    "notify_webhook_timeout_seconds": 2,
}
ROLES: Final = ("admin", "auditor", "service_manager", "incident_manager", "change_manager")


@dataclass
class Deployment:
    """How a program is started so that it finds what the one before it has left."""

    programs: Programs
    settings: dict[str, object]
    issuer: LocalIssuer | None = None
    arguments: tuple[str, ...] = field(default=())

    def start(self, **more: object) -> Program:
        """Start the program; ``more`` are settings of this start alone."""
        return self.programs.start(*self.arguments, **{**self.settings, **more})

    def token(self) -> str:
        """Return a token: from the issuer that the settings name, else from the program."""
        if self.issuer is None:
            return printed_token(Path(str(self.settings["data_folder"])))
        return self.issuer.token(
            sub="desk",
            roles=list(ROLES),
            audience="itsm",
            issued_at=datetime.now(UTC),
            lifetime=timedelta(hours=1),
        )


def printed_token(data_folder: Path) -> str:
    """Return what ``python -m services token`` prints."""
    roles = [part for role in ROLES for part in ("--role", role)]
    done = subprocess.run(
        [sys.executable, "-m", "services", "token", *roles],
        cwd=ROOT,
        env={**inherited(), "ITSM_DATA_FOLDER": str(data_folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.strip()


def of_its_own(programs: Programs, data_folder: Path) -> Deployment:
    """Return the all-in-one program with a database and keys of its own."""
    return Deployment(programs, {**COMMON, "data_folder": data_folder})


def on_kafka(
    programs: Programs,
    *,
    bootstrap: str,
    database: Database,
    identity: tuple[LocalIssuer, Path],
    data_folder: Path,
) -> Deployment:
    """Return programs on a given database, with a broker between them."""
    issuer, folder = identity
    settings: dict[str, object] = {
        **COMMON,
        "data_folder": data_folder,
        "kafka_bootstrap": bootstrap,
        "kafka_replication": 1,
        "kafka_min_isr": 1,
        # A killed member keeps its partitions this long.
        "kafka_session_timeout_seconds": 2,
        "issuer": issuer.issuer,
        "jwks_file": folder / "jwks.json",
        "cursor_secret": "the same for all",
    }
    settings |= {f"{name}_database_url": database.app(name) for name in NAMES}
    return Deployment(programs, settings, issuer)
