"""Knobs that do not fit together are refused with the name of one to turn."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from services.notify.settings import Settings
from shared.settings import ConfigurationError, load


def with_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    monkeypatch.setenv("ITSM_NOTIFY_DATABASE_URL", "postgresql://nowhere/x")
    for name, value in values.items():
        monkeypatch.setenv(f"ITSM_NOTIFY_{name.upper()}", value)
    return load(Settings)


def test_nothing_needs_to_be_set_but_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    own = with_settings(monkeypatch)
    assert own.smtp_host == ""
    assert own.webhook_allowed_networks == ()
    assert own.retry_offsets_seconds[-1] == 72 * 3600


def test_lists_are_read_from_words_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    own = with_settings(
        monkeypatch,
        webhook_allowed_networks="10.1.0.0/16, fd00::/8",
        webhook_allowed_ports="443,8443",
        retry_offsets_seconds="0, 5, 30",
    )
    assert own.webhook_allowed_networks == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert own.webhook_allowed_ports == (443, 8443)
    assert own.retry_offsets_seconds == (0, 5, 30)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"smtp_host": "mail.example.com"}, "ITSM_NOTIFY_SMTP_FROM"),
        ({"smtp_user": "x", "smtp_security": "none"}, "ITSM_NOTIFY_SMTP_SECURITY"),
        ({"lease_seconds": "10"}, "ITSM_NOTIFY_LEASE_SECONDS"),
        ({"retry_offsets_seconds": "10,5"}, "ITSM_NOTIFY_RETRY_OFFSETS_SECONDS"),
        ({"retry_offsets_seconds": ""}, "ITSM_NOTIFY_RETRY_OFFSETS_SECONDS"),
        ({"webhook_allowed_networks": "10.0.0.1/8"}, "ITSM_NOTIFY_WEBHOOK_ALLOWED_NETWORKS"),
        ({"webhook_allowed_ports": "0"}, "ITSM_NOTIFY_WEBHOOK_ALLOWED_PORTS"),
        ({"smtp_security": "maybe"}, "ITSM_NOTIFY_SMTP_SECURITY"),
        ({"ca_file": "/nowhere/ca.pem"}, "ITSM_NOTIFY_CA_FILE"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        with_settings(monkeypatch, **values)
    assert "\n" not in str(caught.value)


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    own = with_settings(monkeypatch, smtp_password="canary")
    assert "canary" not in repr(own)
    assert own.smtp_password.get_secret_value() == "canary"
