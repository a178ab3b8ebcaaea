"""What goes into the images, what stays out, and the secrets beside them; needs no engine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import pytest
import yaml

from shared.auth import local_issuer
from tests.architecture import tree

DEPLOY: Final = tree.ROOT / "deploy"
DOCKERFILE: Final = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSED: Final[dict[str, Any]] = yaml.safe_load((tree.ROOT / "docker-compose.yml").read_text())
VERSION: Final = tree.project()["project"]["version"]


def script(name: str) -> ModuleType:
    """Load a script that runs while an image is built."""
    spec = importlib.util.spec_from_file_location(name, DEPLOY / "image" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PROGRAM: Final = script("program")
PACKAGES: Final = script("packages")


@pytest.mark.parametrize("service", [*tree.SERVICES, "all"])
def test_an_image_holds_the_kernel_its_service_and_nothing_else(
    service: str, tmp_path: Path
) -> None:
    PROGRAM.assemble(tree.ROOT, tmp_path, service, VERSION)
    folders = {path.name for path in (tmp_path / "services").iterdir() if path.is_dir()}
    expected = set(tree.SERVICES) if service == "all" else {service}
    assert folders - {"__pycache__"} == expected
    assert (tmp_path / "shared" / "probe.py").exists()
    kinds = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert kinds == {"", ".py", ".pyc"} | ({".yaml"} if service == "all" else set())
    module = "services" if service == "all" else f"services.{service}"
    said = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ("demonstration" if service == "all" else "migrate") in said
    assert f'run_module("{module}"' in (tmp_path / "bin" / "itsm").read_text()


@pytest.mark.parametrize(
    "stranger",
    [
        "tests/test_x.py",
        "docs/x.md",
        "shared/notes.txt",
        "services/change/x.py",
        "services/x.py",
        "bin/sh",
        "x.py",
    ],
)
def test_a_stranger_in_an_image_fails_its_build(stranger: str, tmp_path: Path) -> None:
    PROGRAM.assemble(tree.ROOT, tmp_path, "catalog", VERSION)
    assert list(PROGRAM.unexpected(tmp_path, "catalog")) == []
    (tmp_path / stranger).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / stranger).touch()
    assert list(PROGRAM.unexpected(tmp_path, "catalog")) == [stranger]


@pytest.mark.parametrize(("service", "version"), [("billing", VERSION), ("catalog", "9.9.9")])
def test_another_service_or_version_is_refused(service: str, version: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"SERVICE|VERSION"):
        PROGRAM.assemble(tree.ROOT, tmp_path, service, version)


@pytest.mark.parametrize(
    "stranger",
    [
        "bin/uvicorn",
        "lib/python3.11/site-packages/pip/__init__.py",
        "lib/python3.11/site-packages/greenlet/tests/test_x.py",
        "lib/python3.11/site-packages/thing/manual.md",
        "share/man/x.1",
    ],
)
def test_what_packages_bring_for_people_is_taken_out_or_fails_the_build(
    stranger: str, tmp_path: Path
) -> None:
    for name in ("bin/python", "lib/python3.11/site-packages/thing/code.py", stranger):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(PACKAGES.unexpected(tmp_path))
    PACKAGES.prune(tmp_path)
    left = list(PACKAGES.unexpected(tmp_path))
    assert (tmp_path / stranger).exists() == bool(left)
    assert (tmp_path / "lib/python3.11/site-packages/thing/code.py").exists()


def test_every_file_of_every_pinned_package_is_expected_or_taken_out() -> None:
    pinned = re.findall(
        r"^([a-z0-9-]+)==", (DEPLOY / "requirements" / "all.txt").read_text(), re.MULTILINE
    )
    strangers = [
        str(file)
        for name in pinned
        for file in _files(name)
        if not PACKAGES.is_for_people(file) and not PACKAGES.is_expected(file)
    ]
    assert strangers == []


def _files(package: str) -> Iterator[Path]:
    """Yield the files of an installed package below the folder of packages, commands left out."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:  # pinned for another system
        files = []
    for file in files:
        path = Path(str(file))
        if path.parts[0] != "..":
            yield path


def test_what_the_build_sees_is_let_in_by_name() -> None:
    lines = (tree.ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    let_in = tuple(rule.removeprefix("!") for rule in rules if rule.startswith("!"))
    assert all(source.startswith(let_in) for source in sources)


def test_the_dockerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [linter, "--no-color", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_image_runs_as_nobody_without_a_shell_and_from_pinned_bases() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    for word in ("ENTRYPOINT", "CMD", "RUN"):
        for line in re.findall(rf"^{word} (.+)$", DOCKERFILE, re.MULTILINE):
            assert line.startswith("["), f"{word} {line}"
    assert re.search(r"HEALTHCHECK .* CMD \[", DOCKERFILE)
    assert re.search(r"^ARG PYTHON=3\.\d+\.\d+-\S+$", DOCKERFILE, re.MULTILINE)
    assert "://" not in DOCKERFILE
    for name in (*tree.SERVICES, "all"):
        assert re.search(rf"^FROM \S+ AS for-{name}$", DOCKERFILE, re.MULTILINE)
    versions = set(re.findall(r"^ARG VERSION=(.+)$", DOCKERFILE, re.MULTILINE))
    assert versions == {tree.project()["project"]["version"]}


def run_script(folder: Path) -> str:
    done = subprocess.run(
        [DEPLOY / "env" / "make-secrets", folder], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_secrets_that_compose_wants_are_made_once_and_fit_together(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = run_script(folder)
    base = Path("deploy/env/secrets")
    wanted = {Path(secret["file"]).relative_to(base) for secret in COMPOSED["secrets"].values()}
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert found == wanted
    assert len(made.splitlines()) == len(wanted)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / path).stat().st_mode & 0o777 for path in found} == {0o444}
    before = {path: (folder / path).read_bytes() for path in found}
    assert run_script(folder) == ""
    assert {path: (folder / path).read_bytes() for path in found} == before
    for name in tree.SERVICES:
        for role, file in (
            ("app", f"{name}_database_url"),
            ("migrate", f"{name}_migrate_database_url"),
        ):
            parts = urlsplit((folder / file).read_text().strip())
            assert parts.username == f"{name}_{role}"
            assert parts.password == (folder / f"{name}_{role}_password").read_text().strip()
            assert f"{parts.hostname}{parts.path}" == "postgres/itsm"
    assert len({value for path, value in before.items() if "password" in path.name}) == 9


def test_a_token_of_the_key_that_was_made_is_accepted(tmp_path: Path) -> None:
    run_script(tmp_path)
    issuer = local_issuer(tmp_path / "identity")
    settings = (DEPLOY / "env" / "common.env").read_text().splitlines()
    assert f"ITSM_ISSUER={issuer.issuer}" in settings
    lifetime = timedelta(hours=1)
    token = issuer.token(
        sub="a", roles=["admin"], audience="itsm", issued_at=datetime.now(UTC), lifetime=lifetime
    )
    keys = jwt.PyJWKSet.from_json((tmp_path / "identity" / "jwks.json").read_text())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience="itsm")["roles"] == ["admin"]
