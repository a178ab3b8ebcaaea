"""Incidents: unplanned interruptions of a service, from their declaration to their closure.

Each change of state is a transition with its guards, each has its event, and each event its entry
in the timeline. ITIL 4 calls this incident management; ISO/IEC 20000-1 asks for it in clause
8.6.1, major incidents included.
"""
