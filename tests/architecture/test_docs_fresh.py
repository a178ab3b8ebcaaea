"""What people read agrees with what is there: commands, settings, paths, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.settings import KernelSettings
from tests.architecture import tree

MAKEFILE = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    [
        *tree.ROOT.glob("*.md"),
        *(tree.ROOT / "docs").rglob("*.md"),
        *tree.ROOT.glob("deploy/**/*.md"),
    ]
)
# The commands that people and programs may rely on by name.
PROMISED = {
    *("help", "setup", "run", "demo", "test", "check", "format", "lint", "types", "arch"),
    *("unit", "component", "contract", "system", "faults", "bench", "cover"),
    *("migrate", "revision", "contracts", "pins", "kafka", "up", "down"),
    *("token", "compose-test"),
}
NAMED_BY_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(tree.ROOT))
)


def targets() -> dict[str, str]:
    """Return the Makefile's targets for people, each with its sentence."""
    return dict(re.findall(r"^([a-z][a-z-]*):[^=\n]*?## (.+)$", MAKEFILE, re.MULTILINE))


def known_settings() -> Iterator[str]:
    """Yield every ``ITSM_*`` variable that code, tests or the set-up read."""
    for name in KernelSettings.model_fields:
        yield f"ITSM_{name}".upper()
    for path in [*tree.python_files("services", "shared", "tests"), tree.ROOT / ".ci" / "run"]:
        yield from re.findall(r"\bITSM_[A-Z][A-Z0-9_]*\b", path.read_text(encoding="utf-8"))
    for path in tree.python_files("services"):
        if path.name == "settings.py":
            yield from settings_of(path)


def settings_of(path: Path) -> Iterator[str]:
    """Yield the variables of one service's settings: its prefix, then each field."""
    text = path.read_text(encoding="utf-8")
    prefix = re.search(r'env_prefix="(ITSM_\w+)"', text)
    if prefix:
        for name in re.findall(r"^    ([a-z]\w*):", text, re.MULTILINE):
            yield f"{prefix[1]}{name}".upper()


def test_every_promised_command_is_there_and_says_what_it_does() -> None:
    assert set(targets()) >= PROMISED


def test_every_command_for_people_is_phony_and_described() -> None:
    phony = set(" ".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)).split())
    assert phony == set(targets())


@NAMED_BY_DOCUMENT
def test_every_command_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ {4}|^)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= set(targets())


@NAMED_BY_DOCUMENT
def test_every_setting_a_document_names_exists(document: Path) -> None:
    named = set(
        re.findall(r"\bITSM_[A-Z][A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8"))
    )
    known = set(known_settings())
    assert {name for name in named if name.removesuffix("_FILE") not in known} == set()


@NAMED_BY_DOCUMENT
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing


def test_the_map_of_the_tree_names_what_is_there() -> None:
    readme = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## The tree\n+```text\n(.+?)```", readme, re.DOTALL)
    assert block
    named = re.findall(r"^([\w.][\w./-]*)", block[1], re.MULTILINE)
    assert len(named) >= 8
    assert [path for path in named if not (tree.ROOT / path).exists()] == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (tree.ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


@NAMED_BY_DOCUMENT
def test_a_document_speaks_of_no_place_of_one_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert not re.findall(r"(?:^|[\s(`])/(?:root|work|tmp)\b|/home/\w+", text)
