"""What tests of the map begin with: a team, a shop, and servers it can rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.component.catalog.desk import Body, Desk

ITEMS = "/catalog/v1/configuration-items"
GROUPS = "/catalog/v1/redundancy-groups"
FAR = "2190-01-01T00:00:00Z"
FARTHER = "2191-01-01T00:00:00Z"


@dataclass
class Ground:
    """A shop, and servers without a name of their own."""

    desk: Desk
    team: Body
    shop: Body
    servers: list[Body] = field(default_factory=list)

    @classmethod
    async def of(cls, desk: Desk) -> Ground:
        team = await desk.team()
        return cls(desk, team, await desk.service("shop-web", team))

    async def item(self, name: str = "db-host-1", **body: Any) -> Body:  # noqa: ANN401 - any field
        """Register a server that is live, but for what is given."""
        given = {"kind": "hardware", "class": "server", "name": name}
        return await self.desk.make(ITEMS, **{**given, **body})

    async def rests(self, count: int = 1, **body: Any) -> list[Body]:  # noqa: ANN401 - any field
        """Let the shop rest on so many new servers; return the dependencies."""
        made: list[Body] = []
        for _ in range(count):
            server = await self.item(f"web-{len(self.servers)}")
            self.servers.append(server)
            made.append(await self.desk.dependency(self.shop, server, **body))
        return made

    async def group(self, members: list[Body], **body: Any) -> Body:  # noqa: ANN401 - any field
        """Define a group of the shop that needs one of its members, but for what is given."""
        ids = [member["id"] for member in members]
        given = {"node_id": self.shop["id"], "name": "web servers", "min_up": 1}
        return await self.desk.make(GROUPS, **{**given, "dependency_ids": ids, **body})
