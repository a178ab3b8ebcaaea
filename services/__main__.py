"""The composition root: ``python -m services [--target all|catalog|incident,notify|…]``.

With the target ``all`` and no database named, the program starts a PostgreSQL of its own, makes
roles and schemas in it, makes its own key pair for tokens, and runs everything in one process.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from services.catalog.service import SERVICE as CATALOG
from services.change.service import SERVICE as CHANGE
from services.demonstration import play
from services.incident.service import SERVICE as INCIDENT
from services.notify.service import SERVICE as NOTIFY
from shared import clock, embedded_postgres, log, migrate
from shared.auth import LocalIssuer, local_issuer
from shared.cli import console, refuse, run, serve_services
from shared.release import VERSION
from shared.service import Service
from shared.settings import ConfigurationError, KernelSettings, export, is_set, load

SERVICES: Final[Mapping[str, Service]] = {
    service.name: service for service in (CATALOG, INCIDENT, CHANGE, NOTIFY)
}
app = typer.Typer(
    add_completion=False,
    help=__doc__,
    # Its pretty traceback shows local variables, and with them passwords.
    pretty_exceptions_enable=False,
)
tell: Final = partial(console.print, highlight=False, markup=False, soft_wrap=True)


def chosen(target: str) -> list[Service]:
    """Return the services that a target names.

    Raises:
        ConfigurationError: it names one that does not exist.
    """
    names = list(SERVICES) if target == "all" else [name.strip() for name in target.split(",")]
    unknown = sorted(set(names) - set(SERVICES))
    if unknown or not names:
        message = f"--target: no service {', '.join(unknown)}; there are {', '.join(SERVICES)}"
        raise ConfigurationError(message)
    return [SERVICES[name] for name in SERVICES if name in names]


@app.callback(invoke_without_command=True)
def serve_command(
    context: typer.Context,
    *,
    target: Annotated[str, typer.Option(help="all, or services with commas between.")] = "all",
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Load the demonstration and play its story.")
    ] = False,
) -> None:
    """Serve the chosen services in one process."""
    if context.invoked_subcommand is None:
        # The demonstration's reader wants the story; what went wrong is still said.
        level = logging.WARNING if demonstration else logging.INFO
        log.configure(as_json=not sys.stderr.isatty(), level=level)
        run(_serve(target, demonstration=demonstration))


@app.command("token")
def token_command(
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    sub: Annotated[str, typer.Option(help="Who the token stands for.")] = "local-operator",
    customer: Annotated[UUID | None, typer.Option(help="A customer's user of this id.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366)] = 12,
) -> None:
    """Print a token signed by the all-in-one program's own key."""
    try:
        settings = load(KernelSettings)
    except ConfigurationError as error:
        refuse(str(error))
    issuer = local_issuer(settings.data_folder / "identity")
    print(  # noqa: T201 - the command's result
        issuer.token(
            sub=sub,
            roles=role,
            audience=settings.audience,
            issued_at=clock.now(),
            lifetime=timedelta(hours=hours),
            customer_id=customer,
        )
    )


@app.command("demonstration")
def demonstration_command(
    url: Annotated[str, typer.Option(help="Where the platform answers.")],
    token: Annotated[str, typer.Option(envvar="ITSM_TOKEN", help="A token with the role admin.")],
) -> None:
    """Load the demonstration organisation into a running platform and play its story."""
    run(_told(url, token))


async def _told(url: str, token: str) -> int:
    return 0 if await play(url, token, tell) else 1


async def _serve(target: str, *, demonstration: bool) -> int:
    services = chosen(target)
    settings = load(KernelSettings)
    whole = len(services) == len(SERVICES)
    issuer: LocalIssuer | None = None
    beside: dict[str, Callable[[], Awaitable[None]]] = {}
    async with AsyncExitStack() as stack:
        if whole and not settings.kafka_bootstrap and not _database_named():
            server = await _own_database(stack, settings.data_folder)
            beside["PostgreSQL"] = server.died
            if not settings.issuer:
                issuer = _own_identity(settings.data_folder)

        def started(port: int) -> None:
            tell(f"Listening on http://{settings.host}:{port}")
            if issuer is not None:
                _introduce(port, settings, issuer, demonstration=demonstration)

        return await serve_services(
            services, whole=whole, version=VERSION, started=started, beside=beside
        )


def _database_named() -> bool:
    return any(is_set(f"ITSM_{name.upper()}_DATABASE_URL") for name in SERVICES)


async def _own_database(stack: AsyncExitStack, folder: Path) -> embedded_postgres.Server:
    """Start our own PostgreSQL, make roles and schemas in it, and name it to the services."""
    server = await stack.enter_async_context(
        embedded_postgres.running(folder / "postgres", announce=tell)
    )
    passwords = {
        name: migrate.RolePasswords(migrate=secrets.token_hex(16), app=secrets.token_hex(16))
        for name in SERVICES
    }
    place = f"{server.host}:{server.port}/postgres"
    for name, own in passwords.items():
        await migrate.provision(server.url(), service=name, passwords=own)
        export(
            {
                f"ITSM_{name.upper()}_DATABASE_URL": f"postgresql://{name}_app:{own.app}@{place}",
                f"ITSM_{name.upper()}_MIGRATE_DATABASE_URL": (
                    f"postgresql://{name}_migrate:{own.migrate}@{place}"
                ),
            }
        )
    for name, service in SERVICES.items():
        url = load(service.settings).migrate_database_url.get_secret_value()
        done = await migrate.upgrade(url, service.definition)
        if done:
            tell(f"{name}: schema at {done[-1]}")
    return server


def _own_identity(folder: Path) -> LocalIssuer:
    issuer = local_issuer(folder / "identity")
    export(
        {
            "ITSM_ISSUER": issuer.issuer,
            "ITSM_JWKS_FILE": str(folder / "identity" / "jwks.json"),
        }
    )
    return issuer


def _introduce(
    port: int, settings: KernelSettings, issuer: LocalIssuer, *, demonstration: bool
) -> None:
    """Say how to go on, after the demonstration's story if one was asked for."""
    url = f"http://{settings.host}:{port}"
    token = issuer.token(
        sub="local-operator",
        roles=["admin", "service_manager", "incident_manager", "change_manager", "auditor"],
        audience=settings.audience,
        issued_at=clock.now(),
        lifetime=timedelta(hours=12),
    )

    async def story() -> None:
        if demonstration:
            await play(url, token, tell)
        documents = "\n".join(f"  {url}/{name}/docs" for name in SERVICES)
        tell(
            f"\nInteractive documentation:\n{documents}\n"
            "A token for it, good for twelve hours (another: python -m services token --role …):",
        )
        print(token, flush=True)  # noqa: T201 - must stay one unwrapped line to be copied

    # The story is told by an ordinary client beside the server, not inside its event loop.
    threading.Thread(target=lambda: asyncio.run(story()), name="story", daemon=True).start()


if __name__ == "__main__":
    app()
