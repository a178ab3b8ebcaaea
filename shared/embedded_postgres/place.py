"""Where the data of a private PostgreSQL live, and under which account.

Beside the program's other data if the account can reach that; else in a folder of ours under the
system's state or cache directory, which a small file beside the program's data then names.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.embedded_postgres.binaries import (
    Account,
    Installation,
    can_write,
    find_installation,
    first_account,
    reachable,
)
from shared.settings import ConfigurationError

SYSTEM_FOLDERS: Final = (Path("/var/lib/itsm-platform"), Path("/var/cache/itsm-platform"))
"""State and cache: the data prefer the first, copied binaries the second."""
ACCOUNTS: Final = ("postgres", "nobody")
"""Tried in this order when we are root and the data do not say whose they are."""
_POINTER: Final = "location"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder (``home``) that ``account`` can write, and binaries that it can run.

    ``account`` is None if we are not root: then all is done as who we are.
    """

    home: Path
    installation: Installation
    account: Account | None

    @property
    def data(self) -> Path:
        """The data folder proper, made by initdb."""
        return self.home / "data"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the choice depends on; tests put other folders here."""

    system_folders: Sequence[Path] = SYSTEM_FOLDERS
    accounts: Sequence[str] = ACCOUNTS
    installation: Installation | None = None

    @property
    def copy_folders(self) -> Sequence[Path]:
        """Where binaries may be copied, the cache first."""
        return tuple(reversed(self.system_folders))


def settle(folder: Path, around: Surroundings, announce: Callable[[str], None]) -> Place:
    """Find or make the place of the server that belongs to ``folder``.

    Says through ``announce`` if something had to go elsewhere. The caller holds the folder's lock.

    Raises:
        ConfigurationError: no place can be had, or the one in use cannot be reached any more.
    """
    installation = around.installation or find_installation()
    home = _known_home(folder)
    if os.geteuid() != 0:
        return Place(_own_home(home or folder / "server"), installation, None)
    account = (home and _owner(home)) or first_account(around.accounts)
    found, installation = installation, reachable(installation, account, around.copy_folders)
    if installation is not found:
        announce(f"account {account.name} cannot reach {found.bin}: using {installation.bin}")
    if home is None:
        home = _new_home(folder, account, around, announce)
    elif not can_write(account, home):
        message = (
            f"account {account.name} cannot use the data in {home}: "
            "open the folders above it, or give it back its owner"
        )
        raise ConfigurationError(message)
    return Place(home, installation, account)


def _known_home(folder: Path) -> Path | None:
    """Return where an earlier start put the data, or None if there was none."""
    pointer = folder / _POINTER
    if pointer.exists():
        home = Path(pointer.read_text(encoding="utf-8").strip())
        if not home.is_dir():
            message = (
                f"the data folder {home}, named in {pointer}, is gone: bring it back, "
                "or delete that file to begin anew"
            )
            raise ConfigurationError(message)
        return home
    home = folder / "server"
    return home if (home / "data").is_dir() else None


def _own_home(home: Path) -> Path:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = home.stat().st_uid
    except OSError as error:
        message = f"cannot use the folder {home}: {error.strerror}"
        raise ConfigurationError(message) from error
    if owner != os.geteuid():
        message = f"the data in {home} belongs to user id {owner}, we are {os.geteuid()}"
        raise ConfigurationError(message)
    return home


def _owner(home: Path) -> Account | None:
    """Return the account that the data belong to, unless that is root, which cannot run them."""
    owner = home.stat()
    if owner.st_uid == 0:
        return None
    try:
        name = pwd.getpwuid(owner.st_uid).pw_name
    except KeyError:
        name = str(owner.st_uid)
    return Account(name, owner.st_uid, owner.st_gid)


def _new_home(
    folder: Path, account: Account, around: Surroundings, announce: Callable[[str], None]
) -> Path:
    """Make the folder of the data beside ours if the account reaches it, else elsewhere."""
    home = folder / "server"
    if _give(home, account):
        return home
    shutil.rmtree(home, ignore_errors=True)
    for base in around.system_folders:
        try:
            base.mkdir(mode=0o755, parents=True, exist_ok=True)
            # A fresh name each time: a new checkout at an old path must not meet old data.
            home = Path(tempfile.mkdtemp(dir=base, prefix="postgres-"))
        except OSError:
            continue
        if _give(home, account):
            (folder / _POINTER).write_text(f"{home}\n", encoding="utf-8")
            (home / "belongs-to").write_text(f"{folder}\n", encoding="utf-8")
            announce(f"account {account.name} cannot reach {folder}: the data lives in {home}")
            return home
        shutil.rmtree(home, ignore_errors=True)
    tried = ", ".join(str(base) for base in (folder, *around.system_folders))
    message = f"account {account.name} can reach no folder for the data: tried {tried}"
    raise ConfigurationError(message)


def _give(home: Path, account: Account) -> bool:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(home, account.uid, account.gid)
    except OSError:
        return False
    return can_write(account, home)
