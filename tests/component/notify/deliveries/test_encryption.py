"""Encrypted channels: the certificate must be for the name, from an authority that is trusted."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.component.notify.desk import DELIVERIES, Desk, Shop
from tests.support.app import Factory
from tests.support.smtp import mail_server
from tests.support.webhook_sink import webhook_sink

DECLARED = "itsm.incident.declared.v1"
HERE = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")))
ELSEWHERE = (x509.DNSName("elsewhere.example"),)


def certified(folder: Path, *names: x509.GeneralName) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate that is its own authority; return its file and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "authority.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


@pytest.mark.parametrize(
    ("names", "trusted", "result"),
    [(HERE, True, "accepted"), (HERE, False, "failed"), (ELSEWHERE, True, "failed")],
)
async def test_a_webhook_goes_to_whom_it_is_for_or_not_at_all(
    platform: Factory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    names: tuple[x509.GeneralName, ...],
    trusted: bool,
    result: str,
) -> None:
    authority, context = certified(tmp_path, *names)
    monkeypatch.setenv("ITSM_NOTIFY_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")
    if trusted:
        monkeypatch.setenv("ITSM_NOTIFY_CA_FILE", str(authority))
    async with webhook_sink(context) as sink:
        desk = Desk(await platform("notify"))
        await desk.endpoint(f"https://localhost:{sink.port}/hook", event_types=[DECLARED])
        await desk.tell(desk.incident("declared", uuid4()))
        await desk.send()
        (tried,) = await desk.listed(DELIVERIES, channel="webhook")
        assert tried["result"] == result
        assert len(sink.requests) == (1 if result == "accepted" else 0)


@pytest.mark.parametrize(
    ("names", "trusted", "state"),
    [(HERE, True, "sent"), (HERE, False, "queued"), (ELSEWHERE, True, "queued")],
)
async def test_a_mail_goes_to_the_configured_server_or_waits(
    platform: Factory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    names: tuple[x509.GeneralName, ...],
    trusted: bool,
    state: str,
) -> None:
    authority, context = certified(tmp_path, *names)
    if trusted:
        monkeypatch.setenv("ITSM_NOTIFY_CA_FILE", str(authority))
    async with mail_server(context) as server:
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_PORT", str(server.port))
        monkeypatch.setenv("ITSM_NOTIFY_SMTP_FROM", "ITSM <itsm@provider.example>")
        desk = Desk(await platform("notify"))
        shop = Shop()
        await desk.tell(*shop.news(desk))
        await desk.tell(shop.declared(desk, uuid4()))
        await desk.send()
        assert (await desk.only())["state"] == state
        assert len(server.mails) == (1 if state == "sent" else 0)
        if server.mails:
            one = await desk.only()
            assert server.mails[0]["Message-ID"] == f"<{one['id']}@provider.example>"
