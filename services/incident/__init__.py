"""The incident service: what is disturbed, how badly, for whom, and what is done about it.

It owns the schema ``incident``: incidents with their timeline and reach, the priority matrix, the
rules that route them, the integrations of monitoring tools and their signals, the clocks of what
agreements promise, outages with the availability that follows from them, and read models of
catalog (services, teams, customers, who uses what, dependencies, calendars, the lines of
agreements). It serves ``/incident/v1``, publishes ``itsm.incident.*``, ``itsm.routing_rule.*``,
``itsm.sla_clock.*``, ``itsm.outage.*``, ``itsm.signal.*``, ``itsm.integration.*`` and
``itsm.priority_matrix.*`` to ``itsm.incident.events`` and follows ``itsm.catalog.events``,
``itsm.change.events`` and its own topic.

It never asks a sibling to answer a request, never edits a service, and never notifies anybody:
others follow its events.
"""
