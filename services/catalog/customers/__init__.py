"""Customers: who is served, as a tree.

A token for a customer covers its descendants. Above an active customer every other one is active
as well, and nobody lies below themselves. A customer knows its representatives, because the
contacts tell it. ITIL 4 calls this relationship management; ISO/IEC 20000-1 asks for it in clause
8.3.2 (business relationship management).

Who uses which service lies above this area, which never asks upwards: a customer can be
deactivated while it still uses services.
"""
