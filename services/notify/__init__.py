"""The notify service: who is told of what, how, and what became of it.

Owns: rules, notifications with their deliveries, webhook endpoints; read models of people,
services and incidents. Serves ``/notify/v1/rules``, ``…/notifications``, ``…/deliveries`` and
``…/webhook-endpoints``. Follows the events of catalog, incident and change; publishes
``itsm.notification.*``, ``itsm.rule.*`` and ``itsm.webhook_endpoint.*``.

Never walks the map or judges an incident, never asks a sibling, never sends anything inside a
transaction, and never publishes an address or a text of a message.
"""
