"""The kernel's knobs, from ``ITSM_*`` variables; each service has its own beside these.

A secret may come as ``NAME`` or, better, as ``NAME_FILE`` that holds the path of a file with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Model = TypeVar("Model", bound=BaseSettings)
_PLACE: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^][:@/]*)(:[0-9]{1,5})?")
_FORM: Final = "expected postgresql://role:password@host:port/database"


class ConfigurationError(Exception):
    """The program cannot start as it is configured; the message is one line that names the knob."""


class Role(StrEnum):
    """What a process does: answer requests, or move and handle events."""

    API = "api"
    WORKER = "worker"


class KernelSettings(BaseSettings):
    """Everything that is not a service's own business."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", frozen=True, extra="ignore")

    environment: Literal["production", "test"] = "production"
    """``test`` alone arms fail points; anything else refuses them."""
    failpoint: str = ""
    """Fail points to arm, ``name:hit:action`` with commas between; tests only."""
    failpoint_log: Path | None = None
    """Where passages of fail points are noted; tests only."""
    roles: Annotated[frozenset[Role], NoDecode] = frozenset(Role)
    """``api``, ``worker`` or ``api,worker``: all of it by default, so that one process is whole."""
    host: str = "127.0.0.1"
    """Address to listen on; loopback unless an operator says otherwise."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Port of ``/metrics`` for other machines; 0 keeps it on loopback callers of the main port."""
    tls_cert: Path | None = None
    """PEM certificate chain; with ``tls_key`` the program speaks TLS itself."""
    tls_key: Path | None = None
    """PEM private key of ``tls_cert``."""
    data_folder: Path = Path("var")
    """Where the all-in-one program keeps its database and its key pair."""

    kafka_bootstrap: str = ""
    """Brokers as ``host:port,host:port``; empty means the in-process bus."""
    kafka_replication: int = Field(default=3, ge=1)
    """Replicas a topic must have; fewer refuse the start."""
    kafka_min_isr: int = Field(default=2, ge=1)
    """In-sync replicas a write must reach; fewer refuse the start."""
    kafka_partitions: int = Field(default=12, ge=1)
    """Partitions of a topic that we create: 12 for good, since more would move keys."""
    kafka_send_deadline_seconds: float = Field(default=10.0, gt=0)
    """Our own deadline for a batch of sends; aiokafka alone would wait for ever."""
    kafka_session_timeout_seconds: float = Field(default=10.0, ge=1)
    """After this silence a member is out of its group and its partitions move."""

    issuer: str = ""
    """``iss`` of accepted tokens; empty only in all-in-one mode, which makes its own key pair."""
    audience: str = "itsm"
    """``aud`` of accepted tokens."""
    jwks_url: str = ""
    """Where the issuer's keys are; empty reads ``jwks_file``."""
    jwks_file: Path | None = None
    """A file with the issuer's keys, for places without a way to the issuer."""
    token_leeway_seconds: int = Field(default=30, ge=0, le=60)
    """Tolerated clock difference when a token's times are judged."""

    cursor_secret: SecretStr = SecretStr("")
    """Signs paging cursors; the same on all replicas, empty makes one per process."""
    drain_seconds: float = Field(default=1.0, ge=0, le=60)
    """After a stop was asked for, requests are answered this long, each closing its connection."""
    shutdown_grace_seconds: float = Field(default=10.0, gt=0)
    """How long requests and batches in hand may take after a stop was asked for."""
    pool_size: int = Field(default=6, ge=2, le=50)
    """Connections per service for requests; small, because two cores serve few at once."""
    pool_wait_seconds: float = Field(default=3.0, gt=0)
    """A request waits this long for a connection, then is answered 503."""
    statement_timeout_seconds: float = Field(default=10.0, gt=0)
    """PostgreSQL ends a statement that takes longer."""

    @field_validator("roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value


def environment_with_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with each ``X_FILE`` of ours read into ``X``.

    Raises:
        ConfigurationError: such a file cannot be read, or both forms are given.
    """
    merged = dict(environment)
    for name, path in environment.items():
        plain = name.removesuffix("_FILE")
        if not name.startswith("ITSM_") or name in (plain, "ITSM_JWKS_FILE"):
            continue
        if plain in environment:
            message = f"{plain} and {name} are both set; keep one"
            raise ConfigurationError(message)
        try:
            merged[plain] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            message = f"{name}: cannot read the file: {error.strerror}"
            raise ConfigurationError(message) from error
    return merged


def load(model: type[Model]) -> Model:
    """Read one settings model from the environment.

    Raises:
        ConfigurationError: a value is missing or wrong; the message names the variable, never
            the value.
    """
    merged = environment_with_files(os.environ)
    fields = model.model_fields
    prefix = model.model_config.get("env_prefix", "")
    given: dict[str, Any] = {
        name: merged[variable]
        for name in fields
        if (variable := f"{prefix}{name}".upper()) in merged
    }
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = f"{prefix}{'_'.join(str(part) for part in first['loc'])}".upper()
        # A rule about several settings names them itself.
        message = f"{name}: {reason}" if first["loc"] else reason
        raise ConfigurationError(message) from None


class ServiceSettings(BaseSettings):
    """What each service needs besides its own knobs; subclasses set the prefix ``ITSM_<NAME>_``."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr
    """``postgresql://…`` of the role ``<service>_app``."""
    migrate_database_url: SecretStr = SecretStr("")
    """The same for ``<service>_migrate``; needed by ``migrate`` alone."""

    @field_validator("database_url", "migrate_database_url")
    @classmethod
    def _is_address(cls, value: SecretStr, field: ValidationInfo) -> SecretStr:
        """Refuse what the driver could not read: its own complaint might repeat the password."""
        text = value.get_secret_value()
        if not text:
            if field.field_name == "database_url":
                raise ValueError("is empty")
            return value
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError(_FORM) from None
        places = parts.netloc.rpartition("@")[2].split(",")
        whole = parts.scheme in {"postgresql", "postgres"} and len(parts.path) > 1
        if not whole or not all(map(_PLACE.fullmatch, places)):
            raise ValueError(_FORM)
        return value


def export(values: Mapping[str, str]) -> None:
    """Set variables for this process, where they are not set yet: the all-in-one program's own.

    Settings travel by the environment alone, so what the program makes itself goes there too.
    """
    for name, value in values.items():
        if name not in os.environ and f"{name}_FILE" not in os.environ:
            os.environ[name] = value


def is_set(name: str) -> bool:
    """Tell whether a variable, or the one that names its file, is set."""
    return name in os.environ or f"{name}_FILE" in os.environ
