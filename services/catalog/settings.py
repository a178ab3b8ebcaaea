"""Knobs of the catalog service, from ``ITSM_CATALOG_*`` variables."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What an operator can turn; the database addresses are in the base."""

    model_config = SettingsConfigDict(env_prefix="ITSM_CATALOG_", frozen=True, extra="ignore")
