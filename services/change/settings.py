"""Knobs of the change service, from ``ITSM_CHANGE_*`` variables."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings, load


class Settings(ServiceSettings):
    """What an operator can turn; the database addresses are in the base."""

    model_config = SettingsConfigDict(env_prefix="ITSM_CHANGE_", frozen=True, extra="ignore")

    start_tolerance_minutes: int = Field(default=15, ge=0, le=24 * 60)
    """How long before its planned start a change may begin: a team that stands ready early should
    not have to wait, and a quarter of an hour rarely reaches into somebody else's window."""

    @property
    def start_tolerance(self) -> timedelta:
        """Return the tolerance before the planned start."""
        return timedelta(minutes=self.start_tolerance_minutes)


@cache
def settings() -> Settings:
    """Return this process's settings, read once.

    Raises:
        ConfigurationError: a value is missing or wrong.
    """
    return load(Settings)
