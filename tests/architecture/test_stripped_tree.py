"""The kernel stands alone, and with it each service stands without its siblings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import tree

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
"""

BUILD_DOCUMENT = """
import importlib, sys
from shared.runtime import service_app
service = importlib.import_module(f"services.{sys.argv[1]}.service").SERVICE
paths = list(service_app(service).openapi()["paths"])
print(len(paths), [path for path in paths if not path.startswith(f"/{sys.argv[1]}/")])
"""

# One small area of each service; all of its component tests would only take longer.
AREAS = {"catalog": "teams", "incident": "views", "change": "views", "notify": "rules"}
RUN_TESTS = """
import sys
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", sys.argv[1]]))
"""


def run(folder: Path, program: str, *arguments: str) -> str:
    """Run a program with nothing of ours on its path but ``folder``; return what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def test_the_kernel_imports_without_any_service(tmp_path: Path) -> None:
    run(tree.copy(tmp_path, ["shared"]), IMPORT_ALL, "shared")


@pytest.mark.parametrize("service", tree.SERVICES)
def test_a_service_imports_without_its_siblings(service: str, tmp_path: Path) -> None:
    parts = ["shared", "services/__init__.py", f"services/{service}"]
    run(tree.copy(tmp_path, parts), IMPORT_ALL, "shared", "services")


@pytest.mark.parametrize("service", tree.SERVICES)
def test_a_service_describes_its_interface_without_its_siblings(
    service: str, tmp_path: Path
) -> None:
    parts = ["shared", "services/__init__.py", f"services/{service}"]
    count, foreign = run(tree.copy(tmp_path, parts), BUILD_DOCUMENT, service).split(maxsplit=1)
    assert int(count) > 0
    assert foreign.strip() == "[]"


@pytest.mark.timeout(90)
@pytest.mark.parametrize("service", tree.SERVICES)
def test_a_service_passes_its_component_tests_without_its_siblings(
    service: str, tmp_path: Path
) -> None:
    own = f"tests/component/{service}"
    support = ["pyproject.toml", "tests/conftest.py", "tests/support"]
    begun = [f"{own}/{name}.py" for name in ("conftest", "desk")]
    parts = ["shared", "services/__init__.py", f"services/{service}", *support, *begun]
    stripped = tree.copy(tmp_path, [*parts, f"{own}/{AREAS[service]}"])
    said = run(stripped, RUN_TESTS, f"{own}/{AREAS[service]}")
    assert re.search(r"^[1-9]\d* passed", said, re.MULTILINE), said
    assert "skipped" not in said
