"""What is installed is pinned by hash, in step with what is asked for, and names no host."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import tree

FOLDER = tree.ROOT / "deploy" / "requirements"
SETS = ("runtime", "all", "dev")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass
class Pin:
    requirement: Requirement
    hashes: list[str] = field(default_factory=list)
    asked_by: set[str] = field(default_factory=set)

    @property
    def version(self) -> str:
        (specifier,) = self.requirement.specifier
        assert specifier.operator == "==", f"{self.requirement} is not pinned"
        return specifier.version


def asked(name: str) -> dict[str, Requirement]:
    """Return what one ``.in`` file asks for, without the files it includes."""
    lines = (FOLDER / f"{name}.in").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("-r ", "#"))]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def pins(name: str) -> dict[str, Pin]:
    """Return the pins of one compiled file, with their hashes and the files that ask for them."""
    found: dict[str, Pin] = {}
    pin: Pin | None = None
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            pin = Pin(Requirement(line.removesuffix("\\")))
            found[canonicalize_name(pin.requirement.name)] = pin
        elif pin is not None:
            pin.hashes += HASH.findall(line)
            pin.asked_by |= set(re.findall(r"-r \S*?(\w+)\.in", line))
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    found = pins(name)
    assert found
    for pin in found.values():
        assert pin.version
        assert pin.hashes, f"{pin.requirement} has no hash"


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_requirement_file_names_a_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert all(line.startswith("-r ") for line in options), options


@pytest.mark.parametrize(("small", "large"), [("runtime", "all"), ("all", "dev")])
def test_a_smaller_set_is_part_of_the_larger_one(small: str, large: str) -> None:
    larger = pins(large)
    for name, pin in pins(small).items():
        assert name in larger, f"{name} is in {small}.txt alone"
        assert larger[name].version == pin.version, name
        assert larger[name].hashes == pin.hashes, name


@pytest.mark.parametrize("name", SETS)
def test_a_compiled_file_is_in_step_with_what_it_was_compiled_from(name: str) -> None:
    included = SETS[: SETS.index(name) + 1]
    compiled = pins(name)
    for source in included:
        wanted = asked(source)
        direct = {name for name, pin in compiled.items() if source in pin.asked_by}
        assert direct == set(wanted), f"run `make pins`: {source}.in and {name}.txt differ"
        for package, requirement in wanted.items():
            assert compiled[package].version in requirement.specifier, f"run `make pins`: {package}"


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, pin in pins("dev").items():
        if pin.requirement.marker is None or pin.requirement.marker.evaluate():
            assert importlib.metadata.version(name) == pin.version, f"run `make setup`: {name}"


def test_the_distribution_asks_for_what_the_requirement_files_ask_for() -> None:
    project = tree.project()["project"]
    for listed, name in (
        (project["dependencies"], "runtime"),
        (project["optional-dependencies"]["all"], "all"),
    ):
        wanted = {str(requirement) for requirement in asked(name).values()}
        assert {str(Requirement(line)) for line in listed} == wanted


def test_no_lock_file_that_records_addresses_is_tracked() -> None:
    names = {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "package-lock.json"}
    if (tree.ROOT / ".git").exists():
        listing = subprocess.run(
            ["git", "ls-files"],  # noqa: S607 - found on PATH like every developer's git
            cwd=tree.ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        present = {Path(line).name for line in listing.stdout.splitlines()}
    else:
        present = {path.name for path in tree.ROOT.iterdir()}
    assert not names & present
