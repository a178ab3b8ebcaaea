"""The catalog: who is served, by whom, with what, and what rests on what.

It owns customers, contacts, teams, suppliers, services, as what they are offered and what can be
asked for with that, who uses which service, configuration items, and what rests on what.

- Tables: customer, contact, team, supplier, service, service_cover, offering, request_item,
  service_use, node, configuration_item, external_ref, dependency, redundancy_group, calendar,
  calendar_version, agreement, agreement_version, agreement_line; sequences customer_number,
  service_number, configuration_item_number and agreement_number; the kernel's own.
- Routes, below /catalog/v1: customers, contacts, teams, suppliers, services, offerings,
  request-items, catalogue (a customer's), service-uses, configuration-items, dependencies,
  redundancy-groups, impact, dependency-cycles, calendars (with open-time and deadline, questions
  that they answer), agreements (with versions, transitions and amendments), entitlements (who is
  covered); the kernel's own.
- Catalogue as code: bundles (import and export by HTTP), and the commands import and export.
- In memory, one per process: the whole map, kept fresh by the service's own events.
- Events out: itsm.customer.registered, updated, deactivated; itsm.contact.changed (alone in
  carrying addresses of persons); itsm.team.changed; itsm.supplier.changed; itsm.service.proposed,
  updated, status_changed, retired; itsm.offering.drafted, published, changed, withdrawn;
  itsm.request_item.published, changed, withdrawn; itsm.service_use.started, ended;
  itsm.configuration_item.registered, updated, status_changed, retired; itsm.dependency.declared,
  changed, removed; itsm.redundancy_group.defined, changed, removed; itsm.calendar.changed;
  itsm.agreement.drafted, revised, proposed, agreed, activated, amended, review_started,
  review_completed, expired, terminated. Each carries the whole state that readers need.
- Health of services: tables service_health, health_outage and health_change, route service-health,
  event itsm.service_health.changed.
- Events in: itsm.outage.* and itsm.change.*, for the health of services alone; what is kept of them
  is that area's own, so there is no area of views.

It never asks a sibling anything, never computes who is in reach of an incident (the incident
service does, from the events above), never sends anything to anybody, and never deletes a record:
what ends keeps its history.
"""
