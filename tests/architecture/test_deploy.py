"""What the containers are told agrees with what the programs in them know; needs no engine."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import compose_spec
import pytest
import yaml

from services.incident.signals.routes import MAX_SIGNAL_BYTES
from shared.kernel_api import MAX_WAIT_SECONDS
from shared.settings import KernelSettings
from tests.architecture import tree

COMPOSE: Final = tree.ROOT / "docker-compose.yml"
DEPLOY: Final = tree.ROOT / "deploy"
DOCKERFILE: Final = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
GATEWAY: Final = (DEPLOY / "gateway" / "nginx.conf").read_text(encoding="utf-8")
ONE_SHOT: Final = ("roles", *(f"{name}-migrate" for name in tree.SERVICES))
NAME: Final = re.compile(r"\bITSM_[A-Z0-9_]+\b")


def interpolated(text: str) -> str:
    """Return the file with each variable replaced by its default, as without any setting."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


COMPOSED: Final[dict[str, Any]] = yaml.safe_load(interpolated(COMPOSE.read_text(encoding="utf-8")))
CONTAINERS: Final[dict[str, dict[str, Any]]] = COMPOSED["services"]


def environment_file() -> dict[str, str]:
    lines = (DEPLOY / "env" / "common.env").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return dict(pairs)


def complaint(composed: Mapping[str, Any]) -> str:
    """Return what the compose specification finds wrong with a file, or nothing."""
    try:
        compose_spec.PyCompose.from_json(json.dumps(composed)).validate()
    except ValueError as error:
        return str(error)
    return ""


def test_the_compose_file_is_valid() -> None:
    assert complaint(COMPOSED) == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("imagee", "x"),
        ("restart", "sometimes"),
        ("healthcheck", {"interval": "soon"}),
        ("networks", ["nowhere"]),
    ],
)
def test_an_invalid_compose_file_would_be_noticed(key: str, value: object) -> None:
    changed = json.loads(json.dumps(COMPOSED))
    changed["services"]["gateway"][key] = value
    assert complaint(changed)


def references(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in container.get("depends_on", {}):
        yield "services", name
    for secret in container.get("secrets", []):
        yield "secrets", secret if isinstance(secret, str) else secret["source"]
    for network in container.get("networks", []):
        yield "networks", network
    for volume in container.get("volumes", []):
        source = volume.partition(":")[0]
        if not source.startswith("."):
            yield "volumes", source


@pytest.mark.parametrize("name", CONTAINERS)
def test_everything_that_a_container_names_exists(name: str) -> None:
    container = CONTAINERS[name]
    for kind, wanted in references(container):
        assert wanted in COMPOSED[kind], f"{name}: no {wanted} among the {kind}"
    for volume in container.get("volumes", []):
        source = volume.partition(":")[0]
        assert not source.startswith(".") or (tree.ROOT / source).exists(), source


def test_what_is_waited_for_can_come_true() -> None:
    for name, container in CONTAINERS.items():
        for other, condition in container.get("depends_on", {}).items():
            wanted = condition["condition"]
            health = CONTAINERS[other].get("healthcheck", {})
            assert (wanted == "service_completed_successfully") == (other in ONE_SHOT), name
            assert (wanted != "service_healthy") or "test" in health, f"{name} waits for {other}"


@pytest.mark.parametrize("name", CONTAINERS)
def test_each_container_is_confined_limited_and_comes_back(name: str) -> None:
    container = CONTAINERS[name]
    # The broker's image writes its own configuration below its program's folder.
    assert container.get("read_only") is True or name == "kafka"
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    limits = container["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    passing = (*ONE_SHOT, "tools")
    assert container["restart"] == ("no" if name in passing else "unless-stopped")
    assert name in passing or "test" in container["healthcheck"]
    assert ":" in container["image"]
    assert not container["image"].endswith(":latest")


def test_only_the_ways_in_are_published_and_on_loopback_alone() -> None:
    published = {name: one["ports"] for name, one in CONTAINERS.items() if "ports" in one}
    assert published == {"gateway": ["127.0.0.1:8000:8080"], "all": ["127.0.0.1:8000:8000"]}


def test_without_a_profile_named_the_four_services_start() -> None:
    started = [line for line in (tree.ROOT / ".env").read_text().splitlines() if "=" in line]
    assert started == [
        "COMPOSE_PROFILES=distributed",
        f"TAG={tree.project()['project']['version']}",
    ]
    by_profile = {name: one["profiles"] for name, one in CONTAINERS.items()}
    assert by_profile.pop("all") == ["all"]
    assert by_profile.pop("tools") == ["tools"]
    assert all(profiles == ["distributed"] for profiles in by_profile.values())


def known_settings() -> set[str]:
    """Return every variable that a ``settings.py`` declares, and those that name files of them."""
    services = [importlib.import_module(f"services.{name}.settings") for name in tree.SERVICES]
    models = [KernelSettings, *(module.Settings for module in services)]
    plain = {
        f"{model.model_config.get('env_prefix', '')}{field}".upper()
        for model in models
        for field in model.model_fields
    }
    return plain | {f"{name}_FILE" for name in plain}


# Read by make and by the demonstration, not by a program's settings.
OF_COMMANDS: Final = {"ITSM_URL", "ITSM_TOKEN", "ITSM_MIGRATE_PASSWORD", "ITSM_APP_PASSWORD"}


@pytest.mark.parametrize(
    "path",
    [
        COMPOSE,
        DEPLOY / "Dockerfile",
        DEPLOY / "env" / "common.env",
        DEPLOY / "env" / "make-secrets",
        DEPLOY / "postgres" / "roles.sh",
        tree.ROOT / "shared" / "probe.py",
        tree.ROOT / "docs" / "operations.md",
    ],
    ids=lambda path: path.name,
)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(NAME.findall(path.read_text(encoding="utf-8")))
    assert named - OF_COMMANDS <= known_settings()


def test_no_secret_is_in_the_compose_file() -> None:
    values = {**environment_file()}
    for container in CONTAINERS.values():
        values |= container.get("environment", {})
    told = re.compile("PASSWORD|SECRET|DATABASE_URL|_KEY")
    for name, value in values.items():
        if told.search(name):
            assert name.endswith("_FILE"), name
            assert value.startswith("/run/secrets/"), name


@pytest.mark.parametrize("name", tree.SERVICES)
def test_a_service_finds_its_secrets_where_it_is_told(name: str) -> None:
    for container in (CONTAINERS[name], CONTAINERS[f"{name}-migrate"]):
        mounted = {f"/run/secrets/{secret}" for secret in container["secrets"]}
        told = {
            **(environment_file() if "env_file" in container else {}),
            **container["environment"],
        }
        assert {value for value in told.values() if value.startswith("/run/secrets/")} == mounted
        assert container["image"] == f"itsm-{name}:{tree.project()['project']['version']}"
    assert f"ITSM_{name.upper()}_MIGRATE_DATABASE_URL_FILE" not in CONTAINERS[name]["environment"]


def test_a_single_broker_is_said_to_be_one() -> None:
    told = environment_file()
    assert (told["ITSM_KAFKA_REPLICATION"], told["ITSM_KAFKA_MIN_ISR"]) == ("1", "1")
    kafka = CONTAINERS["kafka"]["environment"]
    assert kafka["KAFKA_ADVERTISED_LISTENERS"].endswith(told["ITSM_KAFKA_BOOTSTRAP"])
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_gateway_knows_every_service_and_no_other_path() -> None:
    names = "|".join(tree.SERVICES)
    assert f"location ~ ^/({names})(/|$)" in GATEWAY
    assert f"~^/(?<name>{names})(/|$) $name;" in GATEWAY
    assert re.findall(r"auth_request /-/ready/(\w+);", GATEWAY) == list(tree.SERVICES)
    assert "rewrite" not in re.sub(r"#.*", "", GATEWAY)
    assert set(CONTAINERS["gateway"]["depends_on"]) == set(tree.SERVICES)


def test_ports_agree_from_the_outside_to_the_program() -> None:
    (port,) = re.findall(r"ITSM_PORT=(\d+)", DOCKERFILE)
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [port]
    assert set(re.findall(r"proxy_pass http://\$\w+:(\d+)", GATEWAY)) == {port}
    (listening,) = re.findall(r"listen (\d+)", GATEWAY)
    assert CONTAINERS["gateway"]["ports"][0].endswith(f":{listening}")
    assert f"127.0.0.1:{listening}/readyz" in CONTAINERS["gateway"]["healthcheck"]["test"][-1]
    assert CONTAINERS["all"]["ports"][0].endswith(f":{port}")


def test_the_gateway_takes_as_much_and_waits_as_long_as_a_service() -> None:
    (largest,) = re.findall(r"client_max_body_size (\d+)m;", GATEWAY)
    assert int(largest) * 1024 * 1024 == MAX_SIGNAL_BYTES
    (patience,) = re.findall(r"^    proxy_read_timeout (\d+)s;", GATEWAY, re.MULTILINE)
    assert int(patience) > MAX_WAIT_SECONDS
