"""Technical kernel of the platform: it moves, stores and guards events and knows no ITSM noun.

Read in this order: ``envelope`` (what an event is), ``outbox`` (how it leaves), ``bus`` (what
carries it), ``inbox`` (how it arrives), ``web`` (how a request becomes one transaction) and
``runtime`` (how all of it is started, supervised and stopped).
"""
