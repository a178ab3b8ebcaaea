"""What this service remembers of the catalog: services, teams, customers, uses, and the map.

Read models. Configuration items and redundancy groups came later and are followed under a name of
their own, which begins with the first event. Events of different records arrive in any order, so
no row waits for another: a dependency may be known before the service it leads to.
"""
