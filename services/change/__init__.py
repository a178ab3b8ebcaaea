"""The change service: what is to be altered, when, by whose authority, and how it went.

It owns the schema ``change``: changes and their history, and read models of catalog (services,
customers, who uses what) and incident (what is open, what it reaches). It serves ``/change/v1``,
publishes ``itsm.change.*`` to ``itsm.change.events`` and follows ``itsm.catalog.events`` and
``itsm.incident.events``.

It never asks a sibling to answer a request, never edits a service or an incident, and never
notifies anybody: others follow its events.
"""
