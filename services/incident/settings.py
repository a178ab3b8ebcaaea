"""Knobs of the incident service, from ``ITSM_INCIDENT_*`` variables."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings, load


class Settings(ServiceSettings):
    """What an operator can turn; the database addresses are in the base."""

    model_config = SettingsConfigDict(env_prefix="ITSM_INCIDENT_", frozen=True, extra="ignore")

    reopen_window_hours: int = Field(default=24, ge=0, le=8760)
    """How long after its resolution a person may reopen an incident: within a day it is likely
    the same disturbance, and what comes later is a case of its own with clocks of its own."""
    auto_close_hours: int = Field(default=72, ge=1, le=8760)
    """Calendar hours from the resolution's recording until it closes by itself: a caller who was
    told on a Friday evening can still object on Monday."""

    @property
    def reopen_window(self) -> timedelta:
        """Return how long a resolved incident may be reopened."""
        return timedelta(hours=self.reopen_window_hours)

    @property
    def auto_close_after(self) -> timedelta:
        """Return how long a resolved incident stays open to objection."""
        return timedelta(hours=self.auto_close_hours)


@cache
def settings() -> Settings:
    """Return this process's settings, read once.

    Raises:
        ConfigurationError: a value is missing or wrong.
    """
    return load(Settings)
