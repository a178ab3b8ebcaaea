"""Signals: what monitoring tools report, and the integrations they report through.

A signal is one alert, known by its integration, its fingerprint and the time it began; signals of
one group lead to one incident. ITIL 4 calls this monitoring and event management; ISO/IEC 20000-1
knows events as the source of incidents in clause 8.6.1.
"""
