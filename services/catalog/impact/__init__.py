"""Impact: who is hit when something fails, what a thing rests on, and what rests on itself.

It owns no table and publishes nothing: it asks the map of the area below. ``graph`` is pure and
knows the rules; ``queries.live`` holds the whole map in the memory of a process and keeps it fresh
by the service's own events; ``queries.past`` reads the part of it that a question about a past
instant needs. Who uses a service that is hit is the portfolio's, above.
"""
