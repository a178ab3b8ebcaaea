"""Who calls: a bearer token becomes an ``Actor``. What an actor may do is each service's own table.

Tokens are JWT access tokens (RFC 9068). The algorithm list is fixed, ``iss``, ``aud``, ``exp``,
``sub`` and ``kid`` are required, and whatever is malformed is refused the same way.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared import clock
from shared.log import logger

ALGORITHMS: Final = ("RS256",)
MAX_TOKEN_CHARS: Final = 8192
CACHE_SECONDS: Final = 60
"""A verified token is believed this long, never past ``exp``, before it is checked again."""
CACHE_SIZE: Final = 4096
MAX_EXPIRY: Final = 2**40
"""The latest ``exp`` that is a time at all: some 35,000 years from now, in Unix seconds."""
COOL_DOWN_SECONDS: Final = 30
"""At most one fetch of the issuer's keys in this time, however many unknown key ids arrive."""
_log = logger(__name__)

KeyLoader = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenRefusedError(Exception):
    """The token is absent, malformed, forged, expired or meant for somebody else."""


class KeysUnavailableError(Exception):
    """The issuer's keys were never had, so nothing can be said about any token."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person or program with a token, or the platform itself.

    ``customer_id`` is set for customers' users and bounds what they see; staff have none.
    ``origin`` is the client program that acted for the subject.
    """

    sub: str
    roles: frozenset[str]
    customer_id: UUID | None = None
    origin: str | None = None

    def has_any(self, roles: frozenset[str]) -> bool:
        """Tell whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


def platform_actor(service: str) -> Actor:
    """Return the actor in whose name a service acts by itself (timers, handlers)."""
    return Actor(sub=f"itsm:{service}", roles=frozenset(), origin="itsm")


class Verifier:
    """Checks tokens against an issuer's keys, fetched rarely and kept when they vanish."""

    def __init__(self, *, issuer: str, audience: str, load_keys: KeyLoader, leeway: int) -> None:
        """Keep the expectations; ``load_keys`` returns a JWK set document."""
        self._issuer = issuer
        self._audience = audience
        self._load_keys = load_keys
        self._leeway = leeway
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -float(COOL_DOWN_SECONDS)
        self._lock = asyncio.Lock()
        self._seen: OrderedDict[str, tuple[Actor, float]] = OrderedDict()

    async def actor(self, token: str, *, wall_time: float) -> Actor:
        """Return who the token stands for; ``wall_time`` is the present in Unix seconds.

        Raises:
            TokenRefusedError: for every reason, with a message for the log only.
            KeysUnavailableError: the issuer's keys could not be had since the start.
        """
        if (hit := self._seen.get(token)) is not None and wall_time < hit[1]:
            return hit[0]
        if len(token) > MAX_TOKEN_CHARS:
            message = "too long"
            raise TokenRefusedError(message)
        claims = await self._claims(token)
        actor, expiry = _actor(claims)
        self._seen[token] = (actor, min(wall_time + CACHE_SECONDS, expiry))
        while len(self._seen) > CACHE_SIZE:
            self._seen.popitem(last=False)
        return actor

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if not isinstance(kid, str) or header.get("alg") not in ALGORITHMS or "crit" in header:
                message = "header"
                raise TokenRefusedError(message)
            key = await self._key(kid)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise TokenRefusedError(type(error).__name__) from error
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys:
                    await self._refresh()
        if not self._keys:
            message = "no keys of the issuer yet"
            raise KeysUnavailableError(message)
        if kid not in self._keys:
            message = "unknown key"
            raise TokenRefusedError(message)
        return self._keys[kid]

    async def _refresh(self) -> None:
        if time.monotonic() - self._fetched_at < COOL_DOWN_SECONDS:
            return
        self._fetched_at = time.monotonic()
        try:
            document = await self._load_keys()
            keys = jwt.PyJWKSet.from_dict(dict(document)).keys
        except (httpx.HTTPError, OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            # The last good keys stay in use: an issuer that is down must not lock everyone out.
            _log.warning("issuer keys not fetched", error=type(error).__name__)
            return
        self._keys = {key.key_id: key for key in keys if key.key_id and key.key_type == "RSA"}


def _actor(claims: Mapping[str, Any]) -> tuple[Actor, float]:
    """Return who verified claims name, and until when in Unix seconds.

    Raises:
        TokenRefusedError: a claim has another type or form than it should.
    """
    roles = claims.get("roles", [])
    sub, expiry = claims["sub"], claims["exp"]
    customer = claims.get("customer_id")
    origin = claims.get("client_id") or claims.get("azp")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        message = "roles"
        raise TokenRefusedError(message)
    if not 1 <= len(sub) <= 255 or "\x00" in sub:
        message = "sub"
        raise TokenRefusedError(message)
    if type(expiry) not in (int, float) or expiry > MAX_EXPIRY:
        message = "exp"
        raise TokenRefusedError(message)
    try:
        # Anything but a UUID is refused: without its customer a token would see everyone's.
        customer_id = None if customer is None else UUID(customer)
    except (ValueError, TypeError, AttributeError) as error:
        message = "customer_id"
        raise TokenRefusedError(message) from error
    actor = Actor(
        sub=sub,
        roles=frozenset(roles),
        customer_id=customer_id,
        origin=str(origin)[:255] if origin else None,
    )
    return actor, float(expiry)


def keys_from_url(url: str) -> KeyLoader:
    """Return a loader that fetches a JWK set over HTTP with a short timeout."""

    async def load() -> Mapping[str, Any]:
        async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            document: Mapping[str, Any] = answer.json()
            return document

    return load


def check_keys(path: Path) -> None:
    """Read a JWK set from a file, to know at the start that it can be done.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no key in it.
    """
    try:
        jwt.PyJWKSet.from_dict(orjson.loads(path.read_bytes()))
    except (jwt.PyJWTError, AttributeError, TypeError, orjson.JSONDecodeError) as error:
        message = "it is no set of JSON web keys"
        raise ValueError(message) from error


def keys_from_file(path: Path) -> KeyLoader:
    """Return a loader that reads a JWK set from a file, anew each time it is asked."""

    async def load() -> Mapping[str, Any]:
        text = await asyncio.to_thread(path.read_bytes)
        document: Mapping[str, Any] = orjson.loads(text)
        return document

    return load


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """The all-in-one program's own issuer: a key pair in files that only it may read."""

    private_pem: bytes
    key_id: str
    issuer: str = "itsm-local"

    def token(
        self,
        *,
        sub: str,
        roles: list[str],
        audience: str,
        issued_at: datetime,
        lifetime: timedelta,
        customer_id: UUID | None = None,
    ) -> str:
        """Return a signed access token for a subject with roles."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": audience,
            "sub": sub,
            "roles": roles,
            "client_id": "itsm-local",
            "iat": int(issued_at.timestamp()),
            "exp": int((issued_at + lifetime).timestamp()),
            "jti": str(clock.new_id()),
        }
        if customer_id is not None:
            claims["customer_id"] = str(customer_id)
        headers = {"kid": self.key_id, "typ": "at+jwt"}
        return jwt.encode(claims, self.private_pem, algorithm="RS256", headers=headers)


def local_issuer(folder: Path) -> LocalIssuer:
    """Return the issuer whose key pair is in ``folder``, making it at the first call.

    Writes ``private.pem`` (mode 0600) and ``jwks.json``, which ``keys_from_file`` reads.
    """
    private, public = folder / "private.pem", folder / "jwks.json"
    if not private.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_id = clock.new_id().hex
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        jwk.update({"kid": key_id, "use": "sig", "alg": "RS256"})
        public.write_bytes(orjson.dumps({"keys": [jwk]}))
        staged = private.with_suffix(".new")
        staged.touch(mode=0o600)
        staged.write_bytes(pem)
        staged.rename(private)
    document = orjson.loads(public.read_bytes())
    return LocalIssuer(private_pem=private.read_bytes(), key_id=document["keys"][0]["kid"])
