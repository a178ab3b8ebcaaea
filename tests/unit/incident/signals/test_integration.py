"""Integrations: their secret, and what severities weigh."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.incident.signals.domain.integration import (
    DEFAULT_SEVERITIES,
    Integration,
    IntegrationId,
    SeverityMap,
    is_secret_of,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def register(severities: SeverityMap = DEFAULT_SEVERITIES) -> Integration:
    integration, _ = Integration.register(
        integration_id=IntegrationId(UUID(int=1)),
        secret="opens",
        now=NOW,
        name="Shop",
        kind="alertmanager",
        default_service_id=None,
        default_team_id=None,
        resolve_on="all",
        reopen_window_hours=24,
        severities=severities,
        threshold=1,
        window_seconds=300,
    )
    return integration


def test_only_its_own_secret_opens_an_active_integration_of_its_kind() -> None:
    integration = register()
    assert is_secret_of(integration, "alertmanager", "opens")
    assert not is_secret_of(integration, "alertmanager", "open")
    assert not is_secret_of(integration, "alertmanager", "")
    assert not is_secret_of(integration, "generic", "opens")
    assert not is_secret_of(None, "alertmanager", "opens")
    retired, _ = integration.move("retired", now=NOW)
    assert not is_secret_of(retired, "alertmanager", "opens")
    rotated, _ = integration.rotate("other", now=NOW)
    assert not is_secret_of(rotated, "alertmanager", "opens")
    assert is_secret_of(rotated, "alertmanager", "other")


@pytest.mark.parametrize(
    ("severity", "weight"),
    [("critical", (1, 1)), ("CRITICAL", (1, 1)), ("?", (2, 2)), ("", (2, 2))],
)
def test_a_severity_weighs_what_the_map_says(severity: str, weight: tuple[int, int]) -> None:
    assert register().weight_of(severity) == weight


def test_a_map_without_a_rest_falls_back_on_the_usual_weight() -> None:
    assert register({"page": (1, 2)}).weight_of("other") == (2, 2)
