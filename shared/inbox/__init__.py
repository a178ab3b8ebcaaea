"""How events arrive: each applied once, in order per aggregate, or set aside where it cannot be.

A subscription handles a batch in one transaction: it notes the event ids (a copy notes nothing and
is skipped), runs the handlers of the new ones in order, raises the last applied sequence per
aggregate, and commits with whatever the handlers wrote. Only then does the bus forget the batch.

If the batch fails it is rolled back and its events go one by one, five tries within ten seconds;
one that still fails is *parked* in the service's own schema with its error, and later events of
its key are parked behind it. Handlers failing for ten different keys in a row stop the
subscription: a bad deployment must not park everything.

``subscription`` says what is followed and how an arriving record is read; ``work`` applies it.
"""

from shared.inbox.subscription import Incoming, Reaction, Subscription, on
from shared.inbox.work import Inbox, SubscriptionStoppedError

__all__ = ["Inbox", "Incoming", "Reaction", "Subscription", "SubscriptionStoppedError", "on"]
