"""Notifications and their deliveries: an event becomes a message to somebody, handed over once.

What a rule asks for is written down in the transaction that read the event, and sent later by a
job: claimed with a lease, handed over outside any transaction under an id that never changes, its
receipt recorded in another transaction. A worker that dies in between costs at most a copy with
the same id. Later events about a record wait behind a delivery of it that fails; what fails for
good is kept, listed and can be sent again. ITIL 4 speaks of monitoring and event management;
ISO/IEC 20000-1 clause 8.6.1 wants interested parties informed.
"""
