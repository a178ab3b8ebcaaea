"""The commands that every service has: ``python -m services.<name> <command>``.

Each refuses a wrong configuration with one line on standard error and status 2.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

import typer
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from shared import audit, contracts, failpoints, log, migrate, parking
from shared.db import Database, DatabaseUnavailableError
from shared.errors import DomainError
from shared.feed import republish as republish_events
from shared.inbox import Inbox
from shared.runtime import compose, database_at, naming
from shared.service import Service
from shared.serving import check_certificate, listen, serve
from shared.settings import ConfigurationError, KernelSettings, load

CONFIGURATION_STATUS: Final = 2
FAILURE_STATUS: Final = 1
console = Console()
errors = Console(stderr=True)


def refuse(message: str, status: int = CONFIGURATION_STATUS) -> NoReturn:
    """Print one line on standard error and end the program."""
    print(f"itsm: {message}", file=sys.stderr)  # noqa: T201 - the user's own line, not a log
    raise typer.Exit(status)


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command on uvloop; turn known failures into one line and a status."""
    try:
        status = uvloop.run(work)
    except ConfigurationError as error:
        refuse(str(error))
    except migrate.MigrationError as error:
        refuse(str(error), FAILURE_STATUS)
    except DatabaseUnavailableError as error:
        refuse(f"not available: {error}", FAILURE_STATUS)
    except DomainError as error:
        refuse(error.detail, FAILURE_STATUS)
    if status:
        raise typer.Exit(status)


async def serve_services(
    services: Sequence[Service],
    *,
    whole: bool,
    version: str,
    started: Callable[[int], None] = lambda _port: None,
    beside: Mapping[str, Callable[[], Awaitable[None]]] | None = None,
) -> int:
    """Serve some services in this process until stopped; return the exit status.

    ``whole`` says that these are all services there are, so that no broker is needed. ``beside``
    is watched like the process's own parts: when one ends, so does the process.
    """
    settings = load(KernelSettings)
    failpoints.arm(settings.failpoint, environment=settings.environment, log=settings.failpoint_log)
    check_certificate(settings)
    with listen(settings, settings.port, "ITSM_PORT") as bound:
        async with compose(services, settings, whole=whole, version=version) as platform:
            for name, run_beside in (beside or {}).items():
                platform.watch_beside(name, run_beside)
            asked = await serve(platform, bound, started=started)
    return 0 if asked else FAILURE_STATUS


def database_of(service: Service) -> AbstractAsyncContextManager[Database]:
    """Open a service's database for a command."""
    return database_at(service.name, service.settings)


def service_commands(service: Service, *, version: str) -> typer.Typer:
    """Return the command line of one service."""
    # Its pretty traceback would show local variables, and with them passwords.
    about = f"The {service.name} service."
    app = typer.Typer(help=about, no_args_is_help=True, pretty_exceptions_enable=False)

    @app.command("serve")
    def serve_command() -> None:
        """Serve requests and handle events, as ITSM_ROLES says."""
        log.configure(as_json=not sys.stderr.isatty())
        run(serve_services([service], whole=False, version=version))

    @app.command("migrate")
    def migrate_command() -> None:
        """Bring the schema up to date; two at once are safe."""
        run(_migrate(service))

    @app.command("revision")
    def revision_command(slug: str) -> None:
        """Draft a migration from the difference between tables and schema."""
        run(_revision(service, slug))

    @app.command("republish")
    def republish_command(
        key: Annotated[UUID | None, typer.Option(help="One aggregate's events.")] = None,
        type_: Annotated[str | None, typer.Option("--type", help="One type of event.")] = None,
        since: Annotated[datetime | None, typer.Option(help="Recorded since (UTC).")] = None,
    ) -> None:
        """Send logged events again, with their ids unchanged."""
        run(_republish(service, key=key, event_type=type_, since=since))

    @app.command("verify")
    def verify_command(
        anchor: Annotated[
            str, typer.Option(help="POSITION:HASH that an earlier run printed.")
        ] = "",
    ) -> None:
        """Check log, feed and records against each other; status 1 if anything was altered."""
        run(_verify(service, anchor))

    @app.command("resume")
    def resume_command(subscription: str) -> None:
        """Let a subscription go on that stopped after failing keys."""
        run(_resume(service, subscription))

    _contract_commands(app, service)
    app.add_typer(_parked_commands(service), name="parked")
    for area in service.areas:
        if area.commands is not None:
            area.commands(app)
    return app


def _contract_commands(app: typer.Typer, service: Service) -> None:
    @app.command("contracts")
    def contracts_command(
        *,
        check: Annotated[
            bool, typer.Option(help="Compare only; status 1 if anything differs.")
        ] = False,
    ) -> None:
        """Write the golden schemas and examples of the published events."""
        differing = contracts.write(service, check=check)
        for path in differing:
            console.print(f"{'differs' if check else 'written'}: {path}")
        if check and differing:
            raise typer.Exit(FAILURE_STATUS)

    @app.command("openapi")
    def openapi_command(folder: Path) -> None:
        """Write the OpenAPI and AsyncAPI documents into a folder."""
        contracts.write_documents(service, folder)


def _parked_commands(service: Service) -> typer.Typer:
    app = typer.Typer(help="Records that could not be applied.", no_args_is_help=True)

    @app.command("list")
    def list_command(subscription: str | None = None, after: int = 0) -> None:
        """List parked records, up to 200 after an id."""
        run(_list_parked(service, subscription, after))

    @app.command("show")
    def show_command(parked_id: int) -> None:
        """Show one parked record with its payload."""
        run(_show_parked(service, parked_id))

    @app.command("replay")
    def replay_command(parked_id: int) -> None:
        """Apply a parked record and those behind it."""
        run(_replay_parked(service, parked_id))

    @app.command("discard")
    def discard_command(parked_id: int) -> None:
        """Give a parked record up, so that those behind it can be replayed."""
        run(_discard_parked(service, parked_id))

    return app


async def _migrate(service: Service) -> None:
    url = load(service.settings).migrate_database_url.get_secret_value()
    variable = f"ITSM_{service.name.upper()}_MIGRATE_DATABASE_URL"
    if not url:
        raise ConfigurationError(f"{variable}: needed to migrate")
    with naming(variable):
        done = await migrate.upgrade(url, service.definition)
    console.print(f"{service.name}: {', '.join(done) if done else 'up to date'}")


async def _revision(service: Service, slug: str) -> None:
    url = load(service.settings).migrate_database_url.get_secret_value()
    console.print(await migrate.revise(url, service.definition, slug))


async def _republish(
    service: Service, *, key: UUID | None, event_type: str | None, since: datetime | None
) -> None:
    queued = 0
    async with database_of(service) as database:
        with Progress(console=errors) as progress:
            task = progress.add_task("events queued again", total=None)
            async for queued in republish_events(
                database, key=key, event_type=event_type, since=since
            ):
                progress.update(task, completed=queued)
    console.print(f"{service.name}: {queued} events queued; the relay sends them again")


async def _verify(service: Service, anchor: str) -> int:
    try:
        known = audit.Anchor.parse(anchor) if anchor else None
    except ValueError as error:
        message = "--anchor: not of the form POSITION:HASH"
        raise ConfigurationError(message) from error
    found: list[audit.Finding] = []
    async with database_of(service) as database:
        with Progress(console=errors) as progress:
            task = progress.add_task("feed entries", total=None)
            async for position, findings in audit.verify_chain(database, anchor=known):
                progress.update(task, completed=position)
                found += findings
            aggregates = [name for area in service.areas for name in area.aggregates]
            found += await audit.verify_tables(database, aggregates)
        newest = await audit.newest_anchor(database)
    for finding in found:
        console.print(f"{finding.check}: {finding.place}: {finding.detail}")
    console.print(f"{service.name}: {'ALTERED' if found else 'as it was written'}")
    if newest is not None and not found:
        # Whoever keeps this elsewhere can show later that the chain was not written anew.
        console.print(f"anchor: {newest}", soft_wrap=True, highlight=False)
    return FAILURE_STATUS if found else 0


async def _resume(service: Service, subscription: str) -> None:
    found = next((one for one in service.subscriptions if one.name == subscription), None)
    if found is None:
        names = ", ".join(one.name for one in service.subscriptions) or "none"
        message = f"no subscription {subscription}; there are {names}"
        raise ConfigurationError(message)
    async with database_of(service) as database:
        await Inbox(database, found).resume()
    console.print(f"{subscription}: goes on")


async def _list_parked(service: Service, subscription: str | None, after: int) -> None:
    async with database_of(service) as database, database.reading() as tx:
        rows = await parking.list_parked(
            tx, service=service.name, after=after, limit=200, subscription=subscription
        )
    columns = ("id", "subscription", "type", "key", "reason", "attempts", "parked_at", "error")
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    console.print(table)


async def _show_parked(service: Service, parked_id: int) -> None:
    async with database_of(service) as database, database.reading() as tx:
        row = await parking.show_parked(tx, service=service.name, parked_id=parked_id)
    for name, value in row.items():
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
        console.print(f"{name}: {text}", markup=False)


async def _replay_parked(service: Service, parked_id: int) -> None:
    async with database_of(service) as database:
        inboxes = {one.name: Inbox(database, one) for one in service.subscriptions}
        done = await parking.replay(database, inboxes, parked_id=parked_id)
    console.print(f"{done.applied} applied{', more are left' if done.left else ''}")


async def _discard_parked(service: Service, parked_id: int) -> None:
    async with database_of(service) as database:
        await parking.discard(database, parked_id=parked_id, actor="operator")
    console.print(f"{parked_id}: given up")
