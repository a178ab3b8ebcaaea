"""Calendars: when somebody is there, as agreements and support hours count it.

A calendar is a zone, the hours of each weekday (which may change from a date on), the public
holidays of a country or a part of it, and exceptions that name the hours of single dates. ITIL 4
calls what it measures agreed service time. The arithmetic is ``shared.calendar``.

**Holidays** come from the ``holidays`` library and are expanded when the calendar is made, from
five years back to five years ahead, whole years. What was expanded is part of the record and of its
events, so readers need no library and two versions of it cannot disagree: every year a job adds
the year that has come into view and touches no other, and nothing published is ever taken away.
Another rule replaces the days from today on. An exception beats a holiday on its date. The
category ``half_day`` closes the afternoon, from 12:00; an exception says other hours.

**The past.** The hours of a date before today, in the calendar's zone, have been counted by, so a
change that would alter them is refused unless it says ``correction``: a new week begins today or
later, and exceptions, holidays and zone hold from today on. (Another zone alters every date, so it
always is a correction; for a move from a date on, make another calendar.)

**Versions.** ``calendar_version`` counts the states of the hours, the years added included, and
every one stays readable; ``version`` counts all changes, as for every record.

Who uses a calendar lies above this area, which never asks upwards: a calendar can be retired while
agreements and services name it. They go on counting by it, and it is renewed like the others, but
none of them takes it anew. The database keeps a calendar that is named from being deleted, which
nothing does anyway. Calendars are the provider's own matter: their names and hours tell of several
customers, and which of them concerns whom is known above.
"""
