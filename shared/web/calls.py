"""What a route holds while it works on one request, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar, cast

from pydantic import BaseModel
from starlette.responses import Response

from shared import clock, failpoints, idempotency
from shared.auth import Actor, Verifier
from shared.db import Database, DatabaseUnavailableError, Lent, ReadTx, Tx
from shared.idempotency import Answer
from shared.inbox import Inbox
from shared.problems import ProblemError
from shared.schemas import Page
from shared.strict import StrictRequest

JSON: Final = "application/json"
ACTOR: Final = "itsm.actor"
"""Where a request keeps who calls."""
_KEY: Final = "Idempotency-Key"
_KEY_PARAMETER: Final = {
    "name": _KEY,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_KEY_CHARS},
    "description": "The same key with the same request gets the first answer again, for 7 days.",
}
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Edge:
    """What a service's routes need of the process: kept in ``app.state.edge``."""

    service: str
    database: Database
    verifier: Verifier
    permissions: Mapping[str, frozenset[str]]
    cursor_secret: bytes
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    draining: Callable[[], bool] = lambda: False
    memory: dict[object, object] = field(default_factory=dict)

    def kept(self, make: Callable[[Database], Kept]) -> Kept:
        """Return what this application keeps in memory between requests, made when first asked.

        ``make`` is its class, or whatever else makes it of the service's database; it is also the
        name under which it is kept.
        """
        if make not in self.memory:
            self.memory[make] = make(self.database)
        return cast("Kept", self.memory[make])


class AnsweredBeforeError(Exception):
    """The key was answered before; carries that first answer."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__("answered before")
        self.answer = answer


class Call(StrictRequest):
    """One request by one actor at one instant."""

    actor: Actor
    """Who calls; has been checked against the operation's permissions."""
    now: datetime
    """The only clock reading of the request."""

    async def begin(self) -> None:
        """Fix who calls and when."""
        self.actor = self.scope[ACTOR]
        self.now = clock.now()

    @property
    def edge(self) -> Edge:
        """Return what the process lends to this service's routes."""
        edge: Edge = self.app.state.edge
        return edge

    def _etag(self, version: int | None) -> str | None:
        return None if version is None else f'"{version}"'


class PlainCall(Call):
    """A request that manages its own connections, because it waits or takes several steps."""

    def draining(self) -> bool:
        """Tell whether the process is about to stop, so that a waiting answer should leave."""
        return self.edge.draining()

    def answer(self, model: BaseModel) -> Response:
        """Return 200 with the model."""
        return response_of(Answer(200, None, None, model.model_dump_json().encode()))


class ReadCall(Call):
    """A request that reads; ``tx`` sees what is committed."""

    tx: ReadTx
    _lent: Lent[ReadTx]

    async def begin(self) -> None:
        """Take a connection."""
        await super().begin()
        self._lent = self.edge.database.reading()
        self.tx = await self._lent.__aenter__()

    async def end(self, error: BaseException | None) -> None:
        """Give the connection back."""
        await self._lent.end(error)

    def answer(self, model: BaseModel, *, version: int | None = None) -> Response:
        """Return 200 with the model, or 304 if the caller has this version already."""
        etag = self._etag(version)
        if etag is not None and etag in _tags(self.headers.get("if-none-match", "")):
            return Response(status_code=304, headers={"ETag": etag})
        return response_of(Answer(200, None, etag, model.model_dump_json().encode()))

    def page(self, found: Page[Any]) -> Response:
        """Return a page of a list, with ``Link rel="next"`` where there is more."""
        response = response_of(Answer(200, None, None, found.model_dump_json().encode()))
        if found.next is not None:
            url = self.url.include_query_params(cursor=found.next)
            response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return response


class WriteCall(Call):
    """A request that changes something, in one transaction."""

    parameters: ClassVar = (_KEY_PARAMETER,)
    tx: Tx
    answered: Answer | None = None
    _lent: Lent[Tx]
    _claim: idempotency.Claim | None = None

    async def begin(self) -> None:
        """Take a connection for the transaction, and note the key that the caller sent.

        Raises:
            ProblemError: 400 for a key that is empty or too long.
        """
        await super().begin()
        key = self.headers.get(_KEY)
        if key is not None:
            if not 1 <= len(key) <= idempotency.MAX_KEY_CHARS:
                detail = f"has 1 to {idempotency.MAX_KEY_CHARS} characters"
                errors = [{"pointer": _KEY, "detail": detail}]
                raise ProblemError(400, "A header parameter is not valid.", errors=errors)
            self._claim = idempotency.claim_for(
                sub=self.actor.sub,
                key=key,
                method=self.method,
                path=self.scope["path"],
                body=await self.body(),
            )
        self._lent = self.edge.database.transaction()
        self.tx = await self._lent.__aenter__()

    async def end(self, error: BaseException | None) -> None:
        """Commit, or undo everything; a repetition of what was answered gets that answer.

        Raises:
            AnsweredBeforeError: the key has been answered.
            KeyInUseError: the key's first request was still running.
        """
        if self._claim is None:
            await self._lent.end(error)
            return
        try:
            await self._finish(error, self._claim)
        except DatabaseUnavailableError:
            raise
        except Exception as stopped:
            await self._answered_before(stopped, self._claim)
            raise
        if isinstance(error, Exception) and not isinstance(error, DatabaseUnavailableError):
            await self._answered_before(error, self._claim)

    async def _finish(self, error: BaseException | None, claim: idempotency.Claim) -> None:
        if error is None and self.answered is not None:
            idempotency.keep(self.tx, claim, self.answered, now=self.now)
        try:
            if error is None:
                await failpoints.reach("I1")
        except BaseException as stopped:
            await self._lent.end(stopped)
            raise
        await self._lent.end(error)

    async def _answered_before(self, error: Exception, claim: idempotency.Claim) -> None:
        """Tell a repetition what the first request was told, whatever stopped this one."""
        async with self.edge.database.reading() as tx:
            before = await idempotency.first_answer(tx, claim, service=self.edge.service)
        if before is not None:
            raise AnsweredBeforeError(before) from error
        if getattr(error, "constraint_name", None) == "pk_idempotency":
            message = "A request with this key was under way; ask again."
            raise idempotency.KeyInUseError(message) from error

    def created(
        self,
        model: BaseModel,
        *,
        location: str,
        version: int | None = 1,
        kept: BaseModel | None = None,
    ) -> Response:
        """Return 201 with the model; the bytes are fixed now, before the commit.

        ``kept`` is what a repetition gets instead, where the model holds a secret.
        """
        return self._keep(201, model, location=location, version=version, kept=kept)

    def answer(
        self,
        model: BaseModel,
        *,
        version: int | None = None,
        status: int = 200,
        kept: BaseModel | None = None,
    ) -> Response:
        """Return the changed record; the bytes are fixed now, before the commit.

        ``kept`` is what a repetition gets instead, where the model holds a secret.
        """
        return self._keep(status, model, location=None, version=version, kept=kept)

    def _keep(
        self,
        status: int,
        model: BaseModel,
        *,
        location: str | None,
        version: int | None,
        kept: BaseModel | None,
    ) -> Response:
        answer = Answer(status, location, self._etag(version), model.model_dump_json().encode())
        self.answered = answer
        if kept is not None:
            self.answered = replace(answer, body=kept.model_dump_json().encode())
        return response_of(answer)

    def expected_version(self) -> int:
        """Return the version the caller saw, from ``If-Match``.

        Raises:
            ProblemError: 428 without the header, 412 with one that can match nothing of ours.
        """
        sent = self.headers.get("if-match")
        if sent is None:
            raise ProblemError(428, "Send If-Match with the ETag of the version you read.")
        tag = sent.strip()
        digits = tag[1:-1]
        if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"' or not _is_version(digits):
            raise ProblemError(412, "If-Match is not a version of this record.")
        return int(digits)


def _is_version(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 18


def _tags(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}


def response_of(answer: Answer) -> Response:
    """Return an answer as it leaves."""
    headers: dict[str, str] = {}
    if answer.location is not None:
        headers["Location"] = answer.location
    if answer.etag is not None:
        headers["ETag"] = answer.etag
    return Response(answer.body, answer.status, headers=headers, media_type=JSON)


def replayed(answer: Answer) -> Response:
    """Return the first answer to a key again, marked as a repetition."""
    response = response_of(answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response
