"""A token is right in every part or it is nothing: one answer for whatever is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.auth import LocalIssuer
from shared.problems import MEDIA_TYPE
from tests.support.sample import THINGS, Factory

FAR: Final = 4_000_000_000
STRANGER: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a forger writes
    """Return good claims with some of them changed; ``...`` leaves one out."""
    good = {
        "iss": "itsm-local",
        "aud": "itsm",
        "sub": "mallory",
        "roles": ["keeper"],
        "exp": FAR,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not ...}


def signed(issuer: LocalIssuer, body: object, **header: Any) -> str:  # noqa: ANN401
    """Return a token with the issuer's own good signature over any header and any body."""
    head = {"alg": "RS256", "typ": "at+jwt", "kid": issuer.key_id, **header}
    head = {name: value for name, value in head.items() if value is not ...}
    return _sealed(issuer, json.dumps(head).encode(), json.dumps(body).encode())


def _sealed(issuer: LocalIssuer, head: bytes, body: bytes) -> str:
    text = b".".join(_base64(part) for part in (head, body))
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    key = serialization.load_pem_private_key(issuer.private_pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = algorithm.sign(text, key)
    return (text + b"." + _base64(signature)).decode()


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _unsigned(alg: str) -> Callable[[LocalIssuer], str]:
    def forge(issuer: LocalIssuer) -> str:
        head = json.dumps({"alg": alg, "kid": issuer.key_id}).encode()
        return (_base64(head) + b"." + _base64(json.dumps(claims()).encode()) + b".").decode()

    return forge


def _hmac_with_public_key(issuer: LocalIssuer) -> str:
    private = serialization.load_pem_private_key(issuer.private_pem, None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = json.dumps({"alg": "HS256", "kid": issuer.key_id}).encode()
    text = _base64(head) + b"." + _base64(json.dumps(claims()).encode())
    return (text + b"." + _base64(hmac.new(public, text, hashlib.sha256).digest())).decode()


def _by_a_stranger(issuer: LocalIssuer, **header: Any) -> str:  # noqa: ANN401
    return jwt.encode(claims(), STRANGER, "RS256", headers={"kid": issuer.key_id, **header})


def _embedded_key(issuer: LocalIssuer) -> str:
    key = jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)
    return _by_a_stranger(issuer, jwk=key)


def _changed_body(issuer: LocalIssuer) -> str:
    head, _, signature = signed(issuer, claims()).split(".")
    body = _base64(json.dumps(claims(roles=["admin"])).encode()).decode()
    return f"{head}.{body}.{signature}"


def _with(**changes: Any) -> Callable[[LocalIssuer], str]:  # noqa: ANN401
    return lambda issuer: signed(issuer, claims(**changes))


def _headed(**header: Any) -> Callable[[LocalIssuer], str]:  # noqa: ANN401
    return lambda issuer: signed(issuer, claims(), **header)


FORGED: Final[dict[str, Callable[[LocalIssuer], str]]] = {
    "alg none": _unsigned("none"),
    "alg None": _unsigned("None"),
    "alg nOnE": _unsigned("nOnE"),
    "HS256 with the public key": _hmac_with_public_key,
    "RS512": _headed(alg="RS512"),
    "alg is a list": _headed(alg=["RS256"]),
    "alg is missing": _headed(alg=...),
    "a stranger's key": _by_a_stranger,
    "a stranger's key, embedded": _embedded_key,
    "a stranger's key, by address": lambda issuer: _by_a_stranger(issuer, jku="http://127.0.0.1/"),
    "kid unknown": _headed(kid="other"),
    "kid missing": _headed(kid=...),
    "kid is a path": _headed(kid="../../etc/passwd"),
    "kid is SQL": _headed(kid="' or 1=1 --"),
    "kid has NUL": _headed(kid="\x00"),
    "kid is a number": _headed(kid=7),
    "kid is a list": _headed(kid=["a"]),
    "crit": _headed(crit=["exp"]),
    "b64": _headed(b64=False),
    "body changed": _changed_body,
    "signature missing": lambda issuer: signed(issuer, claims()).rpartition(".")[0] + ".",
    "signature cut": lambda issuer: signed(issuer, claims())[:-20],
    "two parts": lambda issuer: signed(issuer, claims()).rpartition(".")[0],
    "four parts": lambda issuer: signed(issuer, claims()) + ".x",
    "iss other": _with(iss="somebody"),
    "iss missing": _with(iss=...),
    "iss is a list": _with(iss=["itsm-local"]),
    "aud other": _with(aud="other"),
    "aud missing": _with(aud=...),
    "aud is an object": _with(aud={"itsm": 1}),
    "exp past": _with(exp=1_700_000_000),
    "exp just past the leeway": lambda issuer: signed(issuer, claims(exp=time.time() - 31)),
    "exp missing": _with(exp=...),
    "exp null": _with(exp=None),
    "exp is text": _with(exp=str(FAR)),
    "exp is words": _with(exp="tomorrow"),
    "exp is true": _with(exp=True),
    "exp is a list": _with(exp=[FAR]),
    "exp is infinite": _with(exp=float("inf")),
    "exp is no number": _with(exp=float("nan")),
    "exp is huge": _with(exp=10**400),
    "nbf in the future": _with(nbf=FAR - 1),
    "nbf is words": _with(nbf="now"),
    "iat in the future": _with(iat=FAR - 1),
    "sub missing": _with(sub=...),
    "sub empty": _with(sub=""),
    "sub is a number": _with(sub=5),
    "sub is long": _with(sub="x" * 256),
    "sub has NUL": _with(sub="a\x00b"),
    "roles is text": _with(roles="keeper"),
    "roles has a number": _with(roles=["keeper", 1]),
    "roles is an object": _with(roles={"keeper": 1}),
    "customer_id is words": _with(customer_id="acme"),
    "customer_id is empty": _with(customer_id=""),
    "customer_id is a number": _with(customer_id=5),
    "customer_id is zero": _with(customer_id=0),
    "customer_id is a list": _with(customer_id=[]),
    "claims are a list": lambda issuer: signed(issuer, [1]),
    "claims are text": lambda issuer: signed(issuer, "x"),
    "header is a list": lambda issuer: _sealed(issuer, b"[]", json.dumps(claims()).encode()),
    "header nests": lambda issuer: _sealed(issuer, b'{"kid":' + b"[" * 3000, b"{}"),
    "claims nest": lambda issuer: _sealed(
        issuer, json.dumps({"alg": "RS256", "kid": issuer.key_id}).encode(), b"[" * 4000
    ),
    "garbage": lambda _: "a.b.c",
    "no parts": lambda _: "secret",
    "not ASCII": lambda _: "é.é.é",
    "too long": lambda issuer: signed(issuer, claims(more="x" * 9000)),
    "two words": lambda issuer: signed(issuer, claims()) + " x",
}


async def test_a_forged_token_is_401(sample: Factory, issuer: tuple[LocalIssuer, Any]) -> None:
    stage = await sample()
    client = stage.http()
    wrong: dict[str, str] = {}
    for name, forge in FORGED.items():
        headers = {b"Authorization": f"Bearer {forge(issuer[0])}".encode("latin-1")}
        answer = await client.get(THINGS, headers=headers)
        if (
            answer.status_code != 401
            or answer.headers["Content-Type"] != MEDIA_TYPE
            or answer.headers["WWW-Authenticate"] != 'Bearer realm="itsm", error="invalid_token"'
            or answer.json()["detail"] != "The token is not valid here."
        ):
            wrong[name] = f"{answer.status_code} {answer.text}"
    assert not wrong


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Basic {}"],
        ["{}"],
        ["Bearer {}", "Bearer {}"],
        ["Bearer {}", ""],
    ],
)
async def test_the_header_comes_once_and_is_a_bearer(
    sample: Factory, issuer: tuple[LocalIssuer, Any], values: list[str]
) -> None:
    stage = await sample()
    token = signed(issuer[0], claims())
    headers = [("Authorization", value.format(token)) for value in values]
    answer = await stage.http().get(THINGS, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert token not in answer.text


async def test_a_token_in_the_address_counts_for_nothing(
    sample: Factory, issuer: tuple[LocalIssuer, Any]
) -> None:
    stage = await sample()
    answer = await stage.http().get(THINGS, params={"access_token": signed(issuer[0], claims())})
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["other", "itsm"]},
        {"exp": FAR + 0.5},
        {"customer_id": None},
        {"customer_id": "01890a5d-ac96-774b-bcce-b302099a8057"},
    ],
)
async def test_a_right_token_gets_in(
    sample: Factory, issuer: tuple[LocalIssuer, Any], changes: dict[str, Any]
) -> None:
    stage = await sample()
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {signed(issuer[0], claims(**changes))}"}
        assert (await stage.http().get(THINGS, headers=headers)).status_code == 200


async def test_leeway_is_given_once_and_not_longer(
    sample: Factory, issuer: tuple[LocalIssuer, Any]
) -> None:
    stage = await sample()
    token = signed(issuer[0], claims(exp=time.time() - 28.5))
    headers = {"Authorization": f"Bearer {token}"}
    assert (await stage.http().get(THINGS, headers=headers)).status_code == 200
