"""Service health: whether each service is what it should be right now, why, and who feels it.

A read model of the outages and changes that other services tell of. The *own* health of a service
is ``outage`` while an outage of it lasts, else ``degraded``, else ``maintenance`` while a planned
outage lasts or a change that plans one is within its planned window or being carried out, else
``operational``: what is planned never hides what is not. It is kept, with its causes, and each
change of it is an event; a timer wakes it when the window of a change begins and ends.

What a service *feels* of those it rests on is computed when it is asked for, through the map
(``impact``), for one outage may be felt by thousands of services and the map changes under it.
"""
