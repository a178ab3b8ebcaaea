"""Customers: who is served, with the contacts through which customers and teams are reached.

Customers form a tree: a token for one covers its descendants. A customer that is active has an
active parent or none. A contact belongs to one customer or one team for good; the addresses of
persons leave this area in ``itsm.contact.changed`` alone. ITIL 4 calls this relationship
management; ISO/IEC 20000-1 asks for it in clause 8.3.2 (business relationship management).

Teams lie above this area, so it never asks them: that a contact's team exists is a foreign key.
Who uses what lies above as well: a customer can be deactivated while it still uses services.
"""
