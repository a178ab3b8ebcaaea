"""Build, run and hurt docker-compose.yml with a real engine; ``make compose-test`` runs it.

Builds the images, starts everything, plays the demonstration through the gateway, ends each
container in turn under a light load, scales a service, stops under load, and starts again on the
data that was kept. Ends with status 1 and the reasons if anything was lost, doubled, too large or
too slow; the figures are printed and kept in ``var/compose/latest.json``. Uses its own project and
volumes, which it removes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from contextlib import AsyncExitStack
from typing import Final

import httpx

from services.demonstration import play
from tests.support.compose_engine import (
    ROOT,
    SERVICES,
    Compose,
    command,
    inside,
    inspect,
    kill_process,
    memory_mib,
    metrics,
)
from tests.support.compose_load import Load
from tests.support.compose_run import (
    Run,
    check_confinement,
    measure_images,
    ready,
    say,
    total,
    until,
)
from tests.support.kafka_cluster import free_ports

MOST_READY_SECONDS: Final = 45.0
MOST_MEMORY_MIB: Final = 130.0
RECOVERY_SECONDS: Final = 90.0
NOTIFICATIONS_EACH: Final = 3
"""Per incident of the load: the team on duty, and the representatives of two customers."""
LOAD_SECONDS: Final = 6.0
VICTIMS: Final = (*SERVICES, "gateway", "kafka", "postgres")


async def hurt_each(run: Run, load: Load) -> None:
    """End each container's process in turn while callers go on; all must come back by itself."""
    for victim in VICTIMS:
        async with load.running(f"kill {victim}") as phase:
            await asyncio.sleep(1)
            container = run.compose.containers(victim)[0]
            before = inspect("container", container)["RestartCount"]
            kill_process(container)

            async def again(container: str = container, before: int = before) -> bool:
                found = inspect("container", container)
                healthy = found["State"].get("Health", {}).get("Status") == "healthy"
                return found["RestartCount"] > before and healthy and await ready(run)

            took = await until(again, RECOVERY_SECONDS, f"{victim} after its kill")
            await asyncio.sleep(2)
        run.measure(
            f"kill {victim}",
            {
                "whole again after s": took,
                "answered": phase.answered,
                "repeated": dict(phase.failed),
                "slowest s": round(phase.slowest_seconds, 1),
            },
        )


async def scale(run: Run, load: Load) -> None:
    """Run three of a service: they share the work, one takes over, one stops unnoticed."""
    run.measure(
        "scale to three, s", round(run.compose.up("--no-recreate", "--scale", "incident=3"), 1)
    )
    three = run.compose.containers("incident")
    run.expect(len(three) == 3, f"{len(three)} replicas of incident")
    async with load.running("three replicas"):
        await asyncio.sleep(LOAD_SECONDS)
    seen = {one: metrics(one) for one in three}
    requests = {
        one[:6]: int(total(seen[one], "http_request_seconds_count", 'service="incident"'))
        for one in three
    }
    handled = {one[:6]: int(total(seen[one], "inbox_handled_total")) for one in three}
    leaders = [one for one in three if total(seen[one], "outbox_relay_leader") == 1]
    run.measure("requests by replica", requests)
    run.measure("events handled by replica", handled)
    run.expect(all(requests.values()), f"a replica got no request: {requests}")
    run.expect(sum(1 for count in handled.values() if count) >= 2, f"one handles all: {handled}")
    run.expect(len(leaders) == 1, f"{len(leaders)} relays lead")

    async with load.running("stop one of three") as phase:
        await asyncio.sleep(1)
        # The leader, so that its relay has to move as well.
        await asyncio.to_thread(command, ["docker", "stop", "--time", "40", leaders[0]])
        await asyncio.sleep(3)
    status = inspect("container", leaders[0])["State"]["ExitCode"]
    run.expect(status == 0, f"the replica that was stopped ended with status {status}")
    run.measure("stop one of three", {"answered": phase.answered, "failed": dict(phase.failed)})
    run.expect(not phase.failed, f"requests failed while one of three stopped: {phase.failed}")
    left = [one for one in three if one != leaders[0]]

    async def led() -> bool:
        return sum(total(metrics(one), "outbox_relay_leader") for one in left) == 1

    run.measure("relay moved within s", await until(led, 30, "a new leader"))


async def stop_and_start(run: Run, load: Load) -> None:
    """Stop and remove everything under load, start it again, and let the callers find out."""
    async with load.running("stop everything, start again") as phase:
        await asyncio.sleep(1)
        began = time.monotonic()
        await asyncio.to_thread(run.compose.run, "down", "--timeout", "60")
        run.measure("down under load, s", round(time.monotonic() - began, 1))
        errors = {what: count for what, count in phase.failed.items() if what.isdigit()}
        run.expect(not errors, f"requests were answered with errors during the stop: {errors}")
        run.measure("up again on the data, s", round(await asyncio.to_thread(run.compose.up), 1))
        await asyncio.sleep(2)
    run.measure("stop and start", {"answered": phase.answered, "not taken": dict(phase.failed)})


async def account(run: Run, load: Load) -> None:
    """See that everything promised is there, once, and had its effect, once."""
    headers = {"Authorization": f"Bearer {load.token}"}
    lost: list[str] = []
    async with httpx.AsyncClient(base_url=run.url, headers=headers, timeout=20) as client:
        for collection, ids in load.made.items():
            run.expect(
                len(ids) == len(set(ids)), f"{collection}: one record answered two creations"
            )
            for identity in ids:
                answer = await client.get(f"/{collection}/{identity}")
                if answer.status_code != httpx.codes.OK:
                    lost.append(f"{collection}/{identity}: {answer.status_code}")
        doubled = missing = 0
        for identity in load.made["incident/v1/incidents"]:
            count = await _notified(client, identity)
            doubled += count > NOTIFICATIONS_EACH
            missing += count < NOTIFICATIONS_EACH
        for service in SERVICES:
            parked = (await client.get(f"/{service}/v1/parked")).json()["items"]
            run.expect(not parked, f"{service}: parked {parked[:1]}")
    run.measure("records promised", {name: len(ids) for name, ids in load.made.items()})
    run.measure("lost", lost)
    run.measure("incidents with effects missing or doubled", [missing, doubled])
    run.expect(not lost, f"lost: {lost[:5]}")
    run.expect(not missing and not doubled, f"effects missing {missing}, doubled {doubled}")
    run.expect(not load.refused, f"refused: {load.refused}")
    for service in SERVICES:
        said = inside(run.compose.containers(service)[0], "itsm", "verify", check=False)
        run.measure(f"verify {service}", said.strip())
        run.expect("as it was written" in said, f"verify {service}: {said}")


async def _notified(client: httpx.AsyncClient, incident: str) -> int:
    """Return how many messages about an incident were sent, once they are as many as expected."""
    count = 0
    for _ in range(100):
        params: dict[str, str | int] = {"record_id": incident, "state": "sent", "limit": 50}
        page = (await client.get("/notify/v1/notifications", params=params)).json()
        count = len({(one["event_id"], one["recipient_id"]) for one in page["items"]})
        if len(page["items"]) != count:
            return NOTIFICATIONS_EACH + 1
        if count >= NOTIFICATIONS_EACH:
            return count
        await asyncio.sleep(0.2)
    return count


async def distributed(run: Run, seed: int) -> None:
    """Run the four services, the broker, the database and the gateway through everything."""
    began = time.monotonic()
    run.compose.run("build")
    run.measure("build, s", round(time.monotonic() - began, 1))
    measure_images(run, SERVICES)
    took = round(run.compose.up(), 1)
    run.measure("up until all is healthy, s", took)
    run.expect(took <= MOST_READY_SECONDS, f"ready after {took} s")
    check_confinement(run)
    token = command(
        [sys.executable, "-m", "services", "token", "--role", "admin", "--hours", "12"],
        extra={"ITSM_DATA_FOLDER": "deploy/env/secrets"},
    ).strip()
    run.expect(await play(run.url, token, say), "the demonstration did not play")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        wanted = {"name_technical": "customer-db"}
        found = await client.get(f"{run.url}/catalog/v1/services", params=wanted)
        service = found.json()["items"][0]["id"]
    await asyncio.sleep(5)
    everything = (*SERVICES, "gateway", "kafka", "postgres")
    used = memory_mib([run.compose.containers(name)[0] for name in everything])
    for name, mib in zip(everything, used, strict=True):
        run.measure(f"memory of {name}, MiB", mib)
        run.expect(mib < MOST_MEMORY_MIB or name not in SERVICES, f"{name} uses {mib} MiB")
    load = Load(url=run.url, token=token, service_id=service, rng=random.Random(seed))
    await hurt_each(run, load)
    await scale(run, load)
    await stop_and_start(run, load)
    await account(run, load)


async def whole(run: Run) -> None:
    """Run the one-container form: start, demonstration, restart on its data."""
    began = time.monotonic()
    run.compose.run("build", "all")
    run.measure("build all, s", round(time.monotonic() - began, 1))
    measure_images(run, ("all",))
    run.measure("up of one container, s", round(run.compose.up(), 1))
    container = run.compose.containers("all")[0]
    token = inside(container, "itsm", "token", "--role", "admin").strip()
    run.expect(await play(run.url, token, say), "the demonstration did not play in one container")
    run.measure("memory of all, MiB", memory_mib([container])[0])
    run.compose.run("down", "--timeout", "60")
    run.measure("up of one container again, s", round(run.compose.up(), 1))
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        found = (await client.get(f"{run.url}/incident/v1/incidents")).json()
    run.expect(len(found["items"]) == 1, "the data of the one container are not there again")


async def main() -> int:
    """Run the parts that were asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave containers and volumes")
    parser.add_argument("--only", choices=("distributed", "all"))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    command(["deploy/env/make-secrets"])
    ports = free_ports(2)
    runs = {
        "distributed": Run(Compose("itsm-check", ports[0])),
        "all": Run(Compose("itsm-check-all", ports[1], "all")),
    }
    done: list[Run] = []
    for name, run in runs.items():
        if asked.only in (None, name):
            done.append(run)
            async with AsyncExitStack() as undo:
                if not asked.keep:
                    undo.callback(run.compose.run, "down", "--volumes", "--timeout", "30")
                await (distributed(run, asked.seed) if name == "distributed" else whole(run))
    figures = {key: value for run in done for key, value in run.figures.items()}
    complaints = [one for run in done for one in run.complaints]
    kept = ROOT / "var" / "compose" / "latest.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"figures": figures, "complaints": complaints}, indent=2) + "\n")
    say(f"{len(complaints)} complaints" + "".join(f"\n  {one}" for one in complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
