"""Outages: when a service was not what was agreed, for whom and how badly; and availability.

An *outage* is one disturbance of one service: ``segments`` that follow one another without a gap,
each an outage, a degradation or a planned outage with a *severity factor* from 0 (not felt) to 1
(nothing works). Worse or better is a new segment, what was is never overwritten; a start or end
that turns out otherwise is corrected by an event with its reason. *Affected* are customers with the
*share* of them that felt it, from 0 to 1: by default everyone who used the service when it began.

- **Opened** by people, or by itself for an incident of high impact: a degradation of its service
  since the incident began. Resolving ends those that opened by themselves; it is refused while one
  that people opened for the incident is open. Reopening reopens nothing. Corrected times of the
  incident correct theirs, unless people gave them others.
- **Merged**: two outages of one service that overlap become one, at each instant the worse of both.
- **Availability** of a service for a customer is computed when asked (``engine``), within the time
  that the customer's agreement is measured in. Overlaps count once, merged or not. Strict counts
  outages, weighted also degradations by factor and share, experienced outages and planned ones.

Planned outages are recorded by people, and those that changes brought with them are read from the
changes' events: from the start of the work for as many minutes as were planned, less if it ended
earlier.
"""
