"""How a request becomes one transaction and one answer.

A route asks for a ``Writing`` or a ``Reading`` call. Both know the actor, who was checked against
the service's permission table under the route's own name: a route without an entry lets nobody in.
A writing call is one transaction; it is committed when the route function has returned and before
anything is sent, so that a 2xx is never said about something that is not durable.

``calls`` is what a route holds, ``entry`` how it comes to it, ``declarations`` what the API
document says of the answers.
"""

from shared.web.calls import (
    AnsweredBeforeError,
    Call,
    Edge,
    PlainCall,
    ReadCall,
    WriteCall,
    replayed,
)
from shared.web.declarations import json_answer, list_answer
from shared.web.entry import (
    ANYONE,
    Caller,
    IfMatch,
    IfNoneMatch,
    Reading,
    Writing,
    identify,
)

__all__ = [
    "ANYONE",
    "AnsweredBeforeError",
    "Call",
    "Caller",
    "Edge",
    "IfMatch",
    "IfNoneMatch",
    "PlainCall",
    "ReadCall",
    "Reading",
    "WriteCall",
    "Writing",
    "identify",
    "json_answer",
    "list_answer",
    "replayed",
]
