"""Clocks of service levels: how much of each promise of an agreement is used up, by whom.

Of every incident this area keeps the *facts* that clocks are made of (reported, acknowledged, on
hold and why, taken up again, weighed, given to a team, resolved, reopened, cancelled), each with
the time it happened and the order it was noted in; a correction is a fact too. A *clock* is one
target of one agreement for one customer, team or supplier. What it shows is a pure function of the
facts, its targets and a calendar (``engine``): a timer only wakes somebody to look, so a late one
tells the same instants.

- **SLA**: for each customer that the incident was declared for or reaches, by the agreement that
  names it; of the services that a customer uses, the nearest one that an agreement covers. It runs
  from ``reported_at``, also where the reach became known later.
- **OLA**: for the team that has the incident; it counts only while that team has it.
- **UC**: for the supplier; with ``runs_only_on`` it comes into being when the first such hold does.

The lines that were valid when the incident was reported decide, for its whole life. A *response*
ends when the first person takes notice, *resolution* and *fulfilment* end when it is resolved.
*update* begins anew with each entry of the provider that customers see, and ends likewise; one
missed period breaches it for good. A reopened incident goes on with the time it had; what lies
between is not counted, since nobody owed work then. Another priority means another target for the
same clock: time that was counted stays counted, and what is due follows from the target in force. A
clock whose promise no longer applies (cancelled, merged, another service, a priority without a
target) is cancelled, and goes on if that is taken back.

A new state of a calendar or agreement reaches what is open by a job, which emits the difference;
what has stopped keeps the calendar it was judged by.
"""
