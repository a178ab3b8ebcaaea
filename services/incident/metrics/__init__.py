"""How fast and how well incidents are handled, per customer, service or team.

Measurement and reporting of incident management (ISO/IEC 20000-1:2018, clauses 8.6.1 and 9.1).
Every figure is computed when it is asked for, from the times at which things happened
(``occurred_at``), so a correction of a milestone is in the next answer. Nothing is stored here.
The area only reads, and reads the rows of the areas below it with statements of its own. It has
no indexes of its own: a month out of a million incidents takes a second, and an index on what every
declaration writes would cost each of them for it.
"""
