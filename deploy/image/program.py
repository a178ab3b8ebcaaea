"""Put the program's own files in place for an image: the kernel, the chosen services, a launcher.

Runs while an image is built: ``program.py SOURCE TARGET``, with the build arguments SERVICE and
VERSION in the environment. Only kinds of files that run are copied; the build fails where the
result holds anything else, or where VERSION is not that of ``pyproject.toml``.
"""

from __future__ import annotations

import compileall
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

SERVICES: Final = ("catalog", "incident", "change", "notify")
LEFT_OUT: Final = frozenset({"contracts", "tests", "docs", "__pycache__"})
"""Folders that no running program reads: contracts are for people and for the tests."""
LAUNCHER: Final = """\
#!/opt/itsm/bin/python
import runpy
import sys

if {whole} and sys.argv[1:2] == ["serve"]:
    del sys.argv[1]
runpy.run_module("{module}", run_name="__main__", alter_sys=True)
"""


def assemble(source: Path, target: Path, service: str, version: str) -> None:
    """Copy what runs, note name and version, write the launcher, compile, and check."""
    if service not in (*SERVICES, "all"):
        sys.exit(f"SERVICE: {service!r} is none of {', '.join((*SERVICES, 'all'))}")
    declared = tomllib.loads((source / "pyproject.toml").read_text())["project"]["version"]
    if version != declared:
        sys.exit(f"VERSION: {version!r}, but pyproject.toml says {declared!r}")
    for path in wanted(source, service):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    record(target, version)
    launcher = target / "bin" / "itsm"
    launcher.parent.mkdir()
    module = "services" if service == "all" else f"services.{service}"
    launcher.write_text(LAUNCHER.format(module=module, whole=service == "all"))
    launcher.chmod(0o755)
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(target, quiet=1, invalidation_mode=mode):
        sys.exit("some module does not compile")
    if strangers := sorted(unexpected(target, service)):
        sys.exit("not expected in the image:\n  " + "\n  ".join(strangers[:40]))


def wanted(source: Path, service: str) -> Iterator[Path]:
    """Yield the files of the kernel and of the chosen services that a running program reads."""
    folders = [source / "shared"]
    if service == "all":
        folders.append(source / "services")
    else:
        yield source / "services" / "__init__.py"
        folders.append(source / "services" / service)
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and is_program(path) and not LEFT_OUT.intersection(path.parts):
                yield path


def is_program(path: Path) -> bool:
    """Tell whether a file is code, names the newest migration, or is the demonstration's bundle."""
    if path.name == "HEAD":
        return path.parent.name == "migrations"
    return path.suffix == ".py" or (path.parent.name, path.name) == (
        "services",
        "demonstration.yaml",
    )


def record(target: Path, version: str) -> None:
    """Note name and version where Python looks for them, so that ``/version`` can say it."""
    folder = target / f"itsm_platform-{version}.dist-info"
    folder.mkdir(parents=True)
    lines = ("Metadata-Version: 2.1", "Name: itsm-platform", f"Version: {version}", "")
    (folder / "METADATA").write_text("\n".join(lines))


def unexpected(target: Path, service: str) -> Iterator[str]:
    """Yield what is neither the launcher, the note, nor code of the kernel and chosen services."""
    chosen = set(SERVICES) if service == "all" else {service}
    top = {"__init__"} | ({"__main__", "demonstration"} if service == "all" else set())
    for path in target.rglob("*"):
        if path.is_dir():
            continue
        root, *inner = path.relative_to(target).parts
        code = path.suffix in {".py", ".pyc"} or is_program(path)
        if root == "bin":
            good = inner == ["itsm"]
        elif root == "services" and (len(inner) == 1 or inner[0] == "__pycache__"):
            good = code and path.name.partition(".")[0] in top
        elif root == "services":
            good = code and inner[0] in chosen
        elif root == "shared":
            good = code
        else:
            good = root.endswith(".dist-info") and inner == ["METADATA"]
        if not good:
            yield str(path.relative_to(target))


if __name__ == "__main__":
    # The builder hands its arguments over in the environment, and only so without a shell.
    given = os.environ  # noqa: TID251
    folders = (Path(sys.argv[1]), Path(sys.argv[2]))
    assemble(*folders, service=given.get("SERVICE", ""), version=given.get("VERSION", ""))
