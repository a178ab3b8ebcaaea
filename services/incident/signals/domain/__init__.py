"""Rules of signals.

``signal`` sorts out what reports mean, ``integration`` is who may send them, ``wording`` makes text
of senders fit to be kept.
"""
