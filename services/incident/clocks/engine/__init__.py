"""The clock engine: what a clock shows, as a function of facts, rules and calendars alone.

``spans`` brings the facts in order and says how the record stood when; ``reading`` counts the time
that a clock's rules let run; ``changes`` tells two readings apart; ``account`` shows the working.
Nothing here knows what time it is: every question names its instant.
"""
