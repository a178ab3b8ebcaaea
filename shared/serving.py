"""Serving over HTTP: one socket, one server, and a stop that fails no request."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import signal
import socket
import ssl
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from shared.health import metrics_application
from shared.log import logger
from shared.settings import ConfigurationError, KernelSettings
from shared.supervision import Platform

BACKLOG: Final = 512
LAST_WORDS_SECONDS: Final = 0.3
"""How long connections that were taken just before the end have to say what they want."""
COLLECT_AFTER: Final = (10_000, 20, 50)
"""How many new objects are looked through for cycles, and how often the older ones are.

A request makes some thousand and leaves hardly a cycle; with Python's own numbers looking for them
took a tenth of a write's time.
"""
SO_ATTACH_FILTER: Final = 26
BPF_RETURN: Final = 6
_log = logger(__name__)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the order of a stop is ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to ``serve``."""
        yield


def listen(settings: KernelSettings, port: int, variable: str) -> socket.socket:
    """Return a bound socket, so that a port in use is one clear line before anything starts.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, port))
    except OSError as error:
        bound.close()
        message = f"{variable}: cannot listen on {settings.host}:{port}: {error.strerror}"
        raise ConfigurationError(message) from error
    # Now, not when the server comes to it: whoever is told the port may connect at once.
    bound.listen(BACKLOG)
    return bound


def check_certificate(settings: KernelSettings) -> None:
    """Make sure that the certificate and its key can be used, before anything starts.

    Raises:
        ConfigurationError: they cannot be read, do not fit together, or only one is named.
    """
    if settings.tls_cert is None and settings.tls_key is None:
        return
    both = "ITSM_TLS_CERT, ITSM_TLS_KEY"
    if settings.tls_cert is None or settings.tls_key is None:
        raise ConfigurationError(f"{both}: name both, or neither")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without a password of ours OpenSSL would ask for one at the terminal.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except OSError as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(f"{both}: cannot be used: {reason}") from error


def refuse_more(bound: socket.socket) -> None:
    """Have the kernel take no new connection, while those it took are still accepted.

    Closing alone would reset what waits to be accepted. Linux only; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(drop_all))
    try:
        bound.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    except OSError as error:
        # Not every kernel lets an unprivileged account do this; the stop must go on without it.
        _log.info("connections that wait are not spared", error=error.strerror)


def _server(application: ASGIApp, settings: KernelSettings) -> _Server:
    config = uvicorn.Config(
        application,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(settings.shutdown_grace_seconds),
        h11_max_incomplete_event_size=64 * 1024,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return _Server(config)


async def serve(
    platform: Platform,
    bound: socket.socket,
    *,
    started: Callable[[int], None] = lambda _port: None,
) -> bool:
    """Serve until a signal or until a part of the process dies; tell whether it was a signal.

    On SIGTERM or SIGINT: readiness goes off, requests are answered a moment longer, each closing
    its connection; then the server takes no more, finishes what it has, and the platform stops.
    """
    settings = platform.settings
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    server = _server(platform.application, settings)
    serving = [asyncio.create_task(server.serve(sockets=[bound]), name="http")]
    servers = [server]
    if settings.metrics_port:
        metrics = listen(settings, settings.metrics_port, "ITSM_METRICS_PORT")
        servers.append(_server(metrics_application, settings))
        serving.append(asyncio.create_task(servers[-1].serve(sockets=[metrics]), name="metrics"))
    gc.collect()
    # What the process has made so far lives as long as it does, and need not be looked through.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    platform.start()
    started(bound.getsockname()[1])
    ends = [asyncio.create_task(asked.wait()), asyncio.create_task(platform.stopping.wait())]
    await asyncio.wait([*ends, *serving], return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    _log.info("stopping", asked=asked.is_set())
    platform.condition.draining = True
    if asked.is_set():
        await asyncio.sleep(settings.drain_seconds)
        refuse_more(bound)
        await asyncio.sleep(LAST_WORDS_SECONDS)
    for one in servers:
        one.should_exit = True
    await asyncio.wait(serving, timeout=settings.shutdown_grace_seconds + 2)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    return asked.is_set()
