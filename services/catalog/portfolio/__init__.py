"""Portfolio: the services, from idea to end, as what they are offered, and who uses them.

A service goes through the pipeline, the catalogue and retirement. It is owned by a team, stands on
the map as a node labelled with its technical name, and that name belongs to it alone until it is
retired. ITIL 4 calls this service catalogue and portfolio management; ISO/IEC 20000-1 asks for it
in clauses 8.2.2 (plan the services) and 8.2.4 (service catalogue management).

**Guards.** To become operational a service needs an active owner team, an active support calendar,
a published offering, and an active agreement or the explicit statement that none is needed; to be
retired, that nobody uses it or is going to, no active agreement covers it and nothing rests on it.
A refusal names everything that is missing. A guard binds what people do here: a service that ran
before these were asked for goes on, and so does one whose last agreement ends; but nobody takes
away what an operational service has of them.

**Offerings** say as what a service is to be had, what that promises in words and what it costs; a
withdrawn one is had by nobody new, and whoever has it keeps it. **Request items** say what can be
asked for with an offering, each by a form, which is a JSON Schema within bounds (``domain.forms``,
``domain.patterns``; the library behind it is met in ``forms`` alone). Both end with their service.

**Uses.** A use has a beginning and perhaps an end, and may name the offering; two uses of one
service by one customer never overlap. A customer has what it uses and what an agreement with it
covers: that is its catalogue, and what its users see. Agreements are an upper area's matter, which
tells the portfolio by ``note_cover`` what the active ones cover.
"""
