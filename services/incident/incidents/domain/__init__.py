"""Rules of an incident.

``incident`` is what is known of it, ``transitions`` says where it may go and ``lifecycle`` how,
``major`` is its second state, ``revision`` what is changed about it. Beneath them ``priority``,
``milestones``, ``timeline`` and ``reach``.
"""
