"""Hands one document to one endpoint, within a deadline, and reports what became of it.

The name is resolved once and the connection goes to the address that was judged; the endpoint's
own name stays in ``Host`` and in the TLS handshake, whose certificate must be for it. Nothing is
followed, no proxy of the environment is used, and of an answer little more than its status is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import httpx

from services.notify.channels.domain import Receipt
from services.notify.channels.webhook.address import (
    Address,
    AddressRefusedError,
    Policy,
    Target,
    judge,
    plain,
    read_answers,
    read_url,
)
from services.notify.channels.webhook.signing import signature_headers

MAX_ADDRESSES: Final = 4
MAX_RESPONSE_BYTES: Final = 64 * 1024
READ_REST_SECONDS: Final = 1.0
RESOLVE_SECONDS: Final = 5.0
SLOW_DOWN: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, slots=True)
class _Message:
    """What is sent, signed at an instant."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime


class WebhookClient:
    """Sends webhooks under one policy; ``timeout_seconds`` bounds each one as a whole."""

    def __init__(self, *, policy: Policy, timeout_seconds: float, tls: ssl.SSLContext) -> None:
        """Keep the policy, the deadline and the authorities to trust."""
        self._policy = policy
        self._timeout = timeout_seconds
        self._tls = tls

    async def send(
        self, *, url: str, message_id: str, body: bytes, secrets: Sequence[str], now: datetime
    ) -> Receipt:
        """Post a JSON document; the id is the same on every try, the timestamp is this try's."""
        headers = signature_headers(
            message_id=message_id, timestamp=int(now.timestamp()), body=body, secrets=secrets
        )
        headers["content-type"] = "application/cloudevents+json"
        headers["user-agent"] = "itsm-notify"
        message = _Message(headers, body, now)
        deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(deadline):
                target = read_url(url)
                addresses = judge(target, await _resolve(target), self._policy)
            return await self._post_to_first(target, addresses[:MAX_ADDRESSES], message, deadline)
        except AddressRefusedError as error:
            return Receipt("failed", f"address refused: {error.detail}")
        except TimeoutError:
            return Receipt("failed", f"no answer within {self._timeout:g} s", slow_down=True)
        except socket.gaierror:
            return Receipt("failed", "the host's name cannot be resolved", slow_down=True)
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError) as error:
            return Receipt("failed", f"connection: {type(error).__name__}", slow_down=True)

    async def _post_to_first(
        self, target: Target, addresses: Sequence[Address], message: _Message, deadline: float
    ) -> Receipt:
        """Post to the first address that takes a connection; nothing was said to the others."""
        for number, address in enumerate(addresses, start=1):
            left = max(deadline - asyncio.get_running_loop().time(), 0.001)
            # A handshake that our own deadline cut off would leave its socket to the collector,
            # so connecting and encrypting, which count apart, end before it.
            share = 0.45 * left / (len(addresses) - number + 1)
            try:
                return await self._post(
                    target, address, message, deadline=deadline, connect_seconds=share
                )
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(addresses):
                    raise
        return Receipt("failed", "the host has no address")

    async def _post(
        self,
        target: Target,
        address: Address,
        message: _Message,
        *,
        deadline: float,
        connect_seconds: float,
    ) -> Receipt:
        host = f"[{target.host}]" if ":" in target.host else target.host
        usual = {"https": 443, "http": 80}[target.scheme]
        named = host if target.port == usual else f"{host}:{target.port}"
        place = f"[{address}]" if address.version == 6 else str(address)
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout, connect=connect_seconds),
        ) as client:
            request = client.build_request(
                "POST",
                httpx.URL(f"{target.scheme}://{place}:{target.port}{target.path}"),
                content=message.body,
                headers={**message.headers, "host": named},
                extensions={"sni_hostname": target.host},
            )
            async with asyncio.timeout_at(deadline):
                answer = await client.send(request, stream=True)
            try:
                if not _is_peer(answer, address):
                    return Receipt("failed", "the connection went to another address")
                # From here on the receipt stands on the status, whatever becomes of the rest.
                await _read_rest(answer, deadline)
                return _judged(answer.status_code, answer.headers, message.now)
            finally:
                await answer.aclose()


async def _resolve(target: Target) -> list[Address]:
    if target.literal is not None:
        return [target.literal]
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(RESOLVE_SECONDS):
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return read_answers(str(place[0]) for *_, place in found)


def _is_peer(answer: httpx.Response, address: Address) -> bool:
    stream = answer.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    return peer is not None and plain(ip_address(peer[0])) == plain(address)


async def _read_rest(answer: httpx.Response, deadline: float) -> None:
    """Take in a bounded part of the body, undecoded, so that a sender of one sees no reset."""
    size = 0
    try:
        async with asyncio.timeout_at(
            min(deadline, asyncio.get_running_loop().time() + READ_REST_SECONDS)
        ):
            async for chunk in answer.aiter_raw(MAX_RESPONSE_BYTES):
                size += len(chunk)
                if size >= MAX_RESPONSE_BYTES:
                    return
    except (TimeoutError, httpx.HTTPError, OSError):
        return


def _judged(status: int, headers: Mapping[str, str], now: datetime) -> Receipt:
    detail = f"HTTP {status}"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Receipt("accepted", detail, status_code=status)
    if status == HTTPStatus.GONE:
        return Receipt("gone", detail, status_code=status)
    return Receipt(
        "failed",
        detail,
        status_code=status,
        retry_after_seconds=_retry_after(headers.get("retry-after", ""), now),
        slow_down=status in SLOW_DOWN,
    )


def _retry_after(text: str, now: datetime) -> int | None:
    """Return a ``Retry-After`` in seconds from now, or None where there is none to understand."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, int((moment - now).total_seconds()))
