"""Contacts: the persons and mailboxes through which customers, teams and suppliers are reached.

A contact belongs to one customer, one team or one supplier for good. Addresses leave the catalog
in ``itsm.contact.changed`` alone. Active contacts of a customer with the role ``representative``
are its representatives: this area tells the customer in the same transaction. Who leads a team is
its contact with the role ``manager``, for a team lies below this area and cannot check an id of
it. ITIL 4 calls this relationship management; ISO/IEC 20000-1 asks for it in clauses 7.4
(communication), 8.3.2 and 8.3.4 (supplier management).

It is an area of its own, above customers, teams and suppliers, because it has to ask all three.
"""
