"""What a bundle can hold: one entry per kind, in the order in which the kinds are made.

Each entry names the API's own model of a new record, so that a document is judged by the rules of
the API, and the areas' own commands, so that an import does nothing that the API could not do.
"""
