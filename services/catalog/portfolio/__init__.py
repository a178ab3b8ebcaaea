"""Portfolio: the services, from idea to end, and which customer uses which of them since when.

A service goes through the pipeline, the catalogue and retirement. It is owned by a team, stands on
the map as a node, and its technical name belongs to it alone until it is retired. It can be retired
once nobody uses it and nothing rests on it. A use has a beginning and perhaps an end; two uses of
one service by one customer never overlap. A customer's user sees the services that its customers
use at present. ITIL 4 calls this service catalogue and portfolio management; ISO/IEC 20000-1 asks
for it in clauses 8.2.2 (plan the services) and 8.2.4 (service catalogue management).

To become operational a service needs an active owner team; support calendar, offering and agreement
are asked for once the catalog keeps them. Services that run already are proposed as operational.
"""
