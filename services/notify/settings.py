"""Knobs of the notify service, from ``ITSM_NOTIFY_*`` variables."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from shared.settings import ServiceSettings, load

Network: TypeAlias = IPv4Network | IPv6Network


def _words(value: Any) -> Any:  # noqa: ANN401 - whatever was configured
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


def _networks(value: Any) -> Any:  # noqa: ANN401 - whatever was configured
    return tuple(ip_network(word) if isinstance(word, str) else word for word in _words(value))


class Settings(ServiceSettings):
    """What an operator can turn; the database addresses are in the base."""

    model_config = SettingsConfigDict(env_prefix="ITSM_NOTIFY_", frozen=True, extra="ignore")

    smtp_host: str = ""
    """Mail server; empty means no mail: messages go to the log, and their records say so."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Port of the mail server; 587 is message submission."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """``starttls`` refuses a server without it; ``none`` is for a relay on a private network."""
    smtp_user: str = ""
    """Account at the mail server; empty sends without logging in."""
    smtp_password: SecretStr = SecretStr("")
    """Password of ``smtp_user``."""
    smtp_from: str = ""
    """Sender of every mail; needed with ``smtp_host``. Its domain ends each Message-ID."""
    smtp_timeout_seconds: float = Field(default=15.0, gt=0, le=120)
    """Deadline for handing over one mail, connecting included."""

    ca_file: Path | None = None
    """PEM file of further authorities for mail server and receivers, beside the public ones."""
    webhook_allowed_networks: Annotated[
        tuple[Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
    """CIDRs that webhooks may reach although they are not public; plain HTTP is possible there."""
    webhook_allowed_ports: Annotated[
        tuple[Annotated[int, Field(ge=1, le=65535)], ...], NoDecode, BeforeValidator(_words)
    ] = (443,)
    """Ports that webhooks may use outside the allowed networks."""
    webhook_timeout_seconds: float = Field(default=15.0, gt=0, le=60)
    """Deadline for one webhook, name resolution and answer included."""
    webhook_rotation_hours: int = Field(default=24, ge=0, le=24 * 30)
    """After a rotation the former secret signs as well for this long."""

    retry_offsets_seconds: Annotated[
        tuple[Annotated[int, Field(ge=0, le=30 * 86_400)], ...], NoDecode, BeforeValidator(_words)
    ] = (0, 10, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 172_800, 259_200)
    """When tries are made, counted from the first; after the last one the delivery is dead."""
    retry_jitter: float = Field(default=0.1, ge=0, le=0.5)
    """Share by which a wait is lengthened or shortened by chance, so that retries do not march."""
    retry_after_cap_seconds: int = Field(default=3_600, ge=1, le=86_400)
    """A receiver's ``Retry-After`` is obeyed up to here."""
    delivery_max_age_hours: int = Field(default=96, ge=1, le=24 * 60)
    """This long after it was queued nothing is tried, however long others asked to wait."""
    lease_seconds: int = Field(default=60, ge=1, le=600)
    """A delivery in hand belongs to its worker this long; then another one sends it again."""
    resolve_window_seconds: int = Field(default=300, ge=0, le=86_400)
    """How long a notification waits for a recipient that is not known yet."""
    send_concurrency: int = Field(default=16, ge=1, le=200)
    """Deliveries a worker has in hand at once, in each of its two lanes."""
    send_per_target: int = Field(default=4, ge=1, le=50)
    """Of these, how many may go to one and the same receiver."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.smtp_host and "@" not in self.smtp_from:
            message = "ITSM_NOTIFY_SMTP_FROM must be an address when ITSM_NOTIFY_SMTP_HOST is set"
            raise ValueError(message)
        if self.smtp_user and self.smtp_security == "none":
            message = "ITSM_NOTIFY_SMTP_SECURITY=none would send the password in clear"
            raise ValueError(message)
        if self.ca_file is not None and not self.ca_file.is_file():
            message = "ITSM_NOTIFY_CA_FILE names no file"
            raise ValueError(message)
        longest = max(self.smtp_timeout_seconds, self.webhook_timeout_seconds)
        if self.lease_seconds <= longest:
            message = "ITSM_NOTIFY_LEASE_SECONDS must be longer than each timeout of a delivery"
            raise ValueError(message)
        offsets = self.retry_offsets_seconds
        if not offsets or list(offsets) != sorted(offsets):
            message = "ITSM_NOTIFY_RETRY_OFFSETS_SECONDS must ascend and name at least one try"
            raise ValueError(message)
        return self


@cache
def settings() -> Settings:
    """Return this process's settings, read once.

    Raises:
        ConfigurationError: a value is missing or wrong.
    """
    return load(Settings)
