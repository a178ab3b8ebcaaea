"""Rules: which event tells whom, in which language, how and how urgently.

A rule is data: an operator switches it off, changes its channels or its urgency, and sees it in the
explanation of every message it caused. The platform brings its own rules, with fixed ids, by a
migration: the team that gets an incident and the representatives in its reach are told, and whoever
was told hears as well when it is resolved, comes back, is withdrawn or goes on elsewhere.

ITIL 4 puts this under monitoring and event management and under relationship management; ISO/IEC
20000-1 asks for it in clause 8.6.1 (interested parties are kept informed).
"""
