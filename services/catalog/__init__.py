"""The catalog: who is served, by whom, with what, and what rests on what.

It owns customers, contacts, teams, services, who uses which service, and the dependencies between
services.

- Tables: customer, contact, team, service, service_use, node, dependency; sequences
  customer_number and service_number; the kernel's own.
- Routes, below /catalog/v1: customers, contacts, teams, services, service-uses, dependencies;
  the kernel's own.
- Events out: itsm.customer.registered, updated, deactivated; itsm.contact.changed (alone in
  carrying addresses of persons); itsm.team.changed; itsm.service.proposed, updated,
  status_changed, retired; itsm.service_use.started, ended; itsm.dependency.declared, changed,
  removed. Each carries the whole state that readers need.
- Events in: none yet, so there is no area of views.

It never asks a sibling anything, never computes who is in reach of an incident (the incident
service does, from the events above), never sends anything to anybody, and never deletes a record:
what ends keeps its history.
"""
