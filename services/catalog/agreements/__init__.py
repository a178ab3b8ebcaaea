"""Agreements: what was promised to whom, for which services, in which time.

Service level agreements with customers, operational level agreements with teams and underpinning
contracts with suppliers (ITIL 4 service level management; ISO/IEC 20000-1 clauses 8.3.3 and
8.3.4). Terms come in versions: an amendment makes the next one with a beginning of its own, and
the old ones stay readable. From the moment it is active, each event of an agreement carries its
resolved lines, so that readers look up and never compute; the rule is written once, here.

At every instant one agreement at most covers a customer for a service or offering, a record type
and a priority. Lines are reserved when the parties agree, so that an agreement which begins by
itself later never finds its place taken. A line for an offering goes before a line for its service
as a whole, because it was agreed on more narrowly.
"""
