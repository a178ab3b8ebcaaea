"""What this service remembers of the catalog: services, teams, customers, uses, dependencies.

Read models, fed by one subscription. Events of different records arrive in any order, so no row
waits for another: a dependency may be known before the service it leads to.
"""
