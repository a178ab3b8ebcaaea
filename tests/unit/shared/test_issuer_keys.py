"""The issuer's keys are fetched rarely, and the last good ones outlive the issuer's troubles."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from shared import auth
from shared.auth import LocalIssuer, TokenRefusedError, Verifier, local_issuer


class Source:
    """Where the keys come from: counts its calls, and fails as told."""

    def __init__(self, folder: Path) -> None:
        self.document: Any = orjson.loads((folder / "jwks.json").read_bytes())
        self.failure: Exception | None = None
        self.calls = 0

    async def __call__(self) -> Mapping[str, Any]:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        found: Mapping[str, Any] = self.document
        return found


def token(issuer: LocalIssuer, sub: str = "anna") -> str:
    return issuer.token(
        sub=sub,
        roles=["reader"],
        audience="itsm",
        issued_at=datetime.now(UTC),
        lifetime=timedelta(minutes=5),
    )


def verifier(source: Source) -> Verifier:
    return Verifier(issuer="itsm-local", audience="itsm", load_keys=source, leeway=30)


async def test_keys_are_fetched_once_for_many_tokens(tmp_path: Path) -> None:
    issuer, source = local_issuer(tmp_path), Source(tmp_path)
    check = verifier(source)
    for number in range(5):
        actor = await check.actor(token(issuer, f"user {number}"), wall_time=time.time())
        assert actor.sub == f"user {number}"
    assert source.calls == 1


async def test_unknown_keys_do_not_make_us_ask_again_and_again(tmp_path: Path) -> None:
    issuer, source = local_issuer(tmp_path / "one"), Source(tmp_path / "one")
    stranger = local_issuer(tmp_path / "two")
    check = verifier(source)
    for _ in range(10):
        with pytest.raises(TokenRefusedError):
            await check.actor(token(stranger), wall_time=time.time())
    assert (await check.actor(token(issuer), wall_time=time.time())).sub == "anna"
    assert source.calls == 1


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("gone"), OSError("gone"), [], [1], "x", {}, {"keys": []}, {"keys": 5}],
)
async def test_the_last_good_keys_stay_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: object
) -> None:
    monkeypatch.setattr(auth, "COOL_DOWN_SECONDS", 0)
    issuer, source = local_issuer(tmp_path / "one"), Source(tmp_path / "one")
    stranger = local_issuer(tmp_path / "two")
    check = verifier(source)
    await check.actor(token(issuer), wall_time=time.time())
    if isinstance(trouble, Exception):
        source.failure = trouble
    else:
        source.document = trouble
    with pytest.raises(TokenRefusedError):
        await check.actor(token(stranger), wall_time=time.time())
    assert source.calls == 2
    assert (await check.actor(token(issuer, "ben"), wall_time=time.time())).sub == "ben"


async def test_a_new_key_of_the_issuer_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "COOL_DOWN_SECONDS", 0)
    old, new = local_issuer(tmp_path / "one"), local_issuer(tmp_path / "two")
    source = Source(tmp_path / "one")
    check = verifier(source)
    await check.actor(token(old), wall_time=time.time())
    source.document = Source(tmp_path / "two").document
    assert (await check.actor(token(new), wall_time=time.time())).sub == "anna"
    with pytest.raises(TokenRefusedError):
        await check.actor(token(old, "ben"), wall_time=time.time())


async def test_a_checked_token_is_believed_for_a_minute_and_never_past_its_end(
    tmp_path: Path,
) -> None:
    issuer, source = local_issuer(tmp_path), Source(tmp_path)
    check = verifier(source)
    good = token(issuer)
    now = time.time()
    await check.actor(good, wall_time=now)
    with pytest.raises(TokenRefusedError):
        await check.actor(good[:-4] + "AAAA", wall_time=now)
    short = issuer.token(
        sub="anna",
        roles=[],
        audience="itsm",
        issued_at=datetime.now(UTC) - timedelta(minutes=5),
        lifetime=timedelta(minutes=5, seconds=-29),
    )
    await check.actor(short, wall_time=now)


def test_the_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "identity"
    first = local_issuer(folder)
    assert (folder / "private.pem").stat().st_mode & 0o077 == 0
    assert local_issuer(folder) == first
    assert b"PRIVATE" not in (folder / "jwks.json").read_bytes()
