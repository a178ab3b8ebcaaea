"""A small map over HTTP, and how to ask it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.component.catalog.desk import Body, Desk

IMPACT = "/catalog/v1/impact"
CHANCES = "/catalog/v1/impact/probability"
GROUPS = "/catalog/v1/redundancy-groups"
CYCLES = "/catalog/v1/dependency-cycles"


@dataclass
class Ground:
    """Things by name, as the catalog answered them, with a team that owns them all."""

    desk: Desk
    team: Body
    things: dict[str, Body] = field(default_factory=dict)

    async def thing(self, name: str) -> Body:
        made = await self.desk.service(name, self.team)
        self.things[name] = made
        return made

    async def rests(self, consumer: str, provider: str, **body: object) -> Body:
        for name in (consumer, provider):
            if name not in self.things:
                await self.thing(name)
        return await self.desk.dependency(self.things[consumer], self.things[provider], **body)

    async def group(self, consumer: str, *providers: str, min_up: int) -> Body:
        """Let a thing rest on others of which so many are enough."""
        members = [await self.rests(consumer, provider) for provider in providers]
        return await self.desk.make(
            GROUPS,
            node_id=self.things[consumer]["id"],
            name="Spare",
            min_up=min_up,
            dependency_ids=[one["id"] for one in members],
        )

    async def ask(self, *names: str, path: str = IMPACT, **more: Any) -> Body:  # noqa: ANN401
        answer = await self.try_asking(*names, path=path, **more)
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    async def try_asking(
        self,
        *names: str,
        path: str = IMPACT,
        **more: Any,  # noqa: ANN401 - any parameter
    ) -> httpx.Response:
        node = ",".join(str(self.things[name]["id"]) for name in names)
        return await self.desk.keeper.get(path, params={"node": node, **_texts(more)})

    async def hit(self, *names: str, **more: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401
        """Return role and level of everything in the answer, by label."""
        graph = await self.ask(*names, **more)
        return {one["label"]: (one["role"], one["level"]) for one in graph["nodes"]}


async def new_ground(desk: Desk) -> Ground:
    return Ground(desk, await desk.team())


def _texts(values: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
