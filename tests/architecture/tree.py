"""The checkout as the tests of its shape see it, and copies of parts of it to experiment on."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("catalog", "incident", "change", "notify")
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")


def project() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def python_files(*folders: str) -> Iterator[Path]:
    """Yield the Python files below folders of the checkout, migrations left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def copy(target: Path, names: Iterable[str]) -> Path:
    """Copy files and folders of the checkout to the same places below ``target``."""
    for name in names:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=_LITTER)
        else:
            shutil.copy2(source, target / name)
    return target


def plant(tree: Path, module: str, line: str) -> None:
    """Append a line to a module or package of a copied tree; where there is none, make it."""
    folder = tree.joinpath(*module.split("."))
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    for folder in reversed(path.relative_to(tree).parents):
        if folder.parts:
            (tree / folder).mkdir(exist_ok=True)
            (tree / folder / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
