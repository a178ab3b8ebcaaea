"""What notify knows of its siblings: who people are, what services are called, how incidents stand.

Read models, each row as new as the last event applied to it. Events of different records arrive
in any order, so no row here depends on another. Contacts are the one place with addresses.
"""
