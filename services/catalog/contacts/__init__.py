"""Contacts: the persons and mailboxes through which customers and teams are reached.

A contact belongs to one customer or one team for good. Addresses leave the catalog in
``itsm.contact.changed`` alone. Active contacts of a customer with the role ``representative`` are
its representatives: this area tells the customer in the same transaction. ITIL 4 calls this
relationship management; ISO/IEC 20000-1 asks for it in clauses 7.4 (communication) and 8.3.2.

It is an area of its own, above customers and teams, because it has to ask both.
"""
