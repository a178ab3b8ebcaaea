"""The import contracts hold, and each of them would notice if it did not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import tree

PARTS = ("services", "shared", "pyproject.toml", "tests/architecture/contract_types.py")

# Contract, module that gets a line, the line. Every contract has at least one.
CANARIES = [
    ("1-services", "services.incident.service", "import services.catalog.service"),
    ("1-services", "services.catalog.views.queries", "import services.incident.incidents.events"),
    ("1-services", "services.notify.service", "import services.__main__"),
    ("1-services", "services.billing.service", "import shared.errors"),
    ("1-services", "services.demonstration", "import services.catalog.teams.events"),
    ("1-services", "services.notify.service", "import services.demonstration"),
    ("2-kernel", "shared.envelope", "import services.incident.service"),
    ("3-areas", "services.incident.incidents.domain", "import services.incident.incidents.tables"),
    ("3-areas", "services.catalog.teams.commands", "import services.catalog.teams.routes"),
    ("3-areas", "services.change.changes.routes", "import services.change.changes.subscriptions"),
    ("3-areas", "services.notify.rules.helpers", "import shared.errors"),
    ("3-areas", "services.change.changes.content", "import services.change.changes.domain"),
    ("3-areas", "services.change.changes.content", "import services.change.changes.lifecycle"),
    ("3-shared", "shared.envelope", "import shared.db"),
    ("3-shared", "shared.errors", "import shared.clock"),
    ("3-shared", "shared.helpers", "import shared.errors"),
    ("4-catalog", "services.catalog.customers.commands", "import services.catalog.teams.queries"),
    (
        "4-incident",
        "services.incident.incidents.queries",
        "import services.incident.signals.domain",
    ),
    ("4-change", "services.change.views.queries", "import services.change.changes.queries"),
    ("4-notify", "services.notify.rules.queries", "import services.notify.deliveries.commands"),
    ("4-notify", "services.notify.leftovers.domain", "import shared.errors"),
    (
        "4-private",
        "services.incident.signals.commands",
        "import services.incident.incidents.tables",
    ),
    (
        "4-private",
        "services.incident.signals.commands.intake",
        "import services.incident.incidents.tables.reach",
    ),
    ("4-private", "services.catalog.teams.commands", "import services.catalog.customers.routes"),
    ("5-pure-domain", "services.change.changes.domain", "import sqlalchemy"),
    ("5-pure-domain", "services.incident.incidents.domain", "import time"),
    ("5-pure-domain", "services.incident.incidents.domain.major", "import sqlalchemy"),
    ("5-pure-domain", "services.change.changes.lifecycle", "import asyncpg"),
    ("5-pure-domain", "services.incident.views.graph", "from shared import db"),
    ("5-pure-domain", "services.catalog.impact.graph.rows", "import random"),
    ("5-pure-events", "services.catalog.teams.events", "from fastapi import Query"),
    ("6-bus", "services.incident.service", "from shared.bus_local import LocalBus"),
    ("6-bus", "shared.relay", "import shared.bus_kafka"),
    ("7-aiokafka", "shared.relay", "import aiokafka"),
    ("7-aiokafka", "services.notify.channels.log", "from aiokafka.errors import KafkaError"),
]


# These name a folder that they do not know, not the file in it.
EXHAUSTIVE_BY_FOLDER = {"1-services", "4-notify"}


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    options = [f"--contract={name}" for name in contracts]
    program = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache", *options],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


def test_every_contract_holds() -> None:
    outcome = lint(tree.ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_contract_has_a_canary() -> None:
    contracts = {contract["id"] for contract in tree.project()["tool"]["importlinter"]["contracts"]}
    assert contracts == {name for name, _, _ in CANARIES}


@pytest.mark.parametrize(("contract", "module", "line"), CANARIES)
def test_a_forbidden_import_is_caught(
    contract: str, module: str, line: str, tmp_path: Path
) -> None:
    copy = tree.copy(tmp_path, PARTS)
    for imported in re.findall(r"(?:services|shared)\.[\w.]+", line):
        tree.plant(copy, imported, "")
    tree.plant(copy, module, line)
    outcome = lint(copy, contract)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "BROKEN" in outcome.stdout, outcome.stdout + outcome.stderr
    named = (module, module.rpartition(".")[0]) if contract in EXHAUSTIVE_BY_FOLDER else (module,)
    assert any(name in outcome.stdout for name in named), outcome.stdout
