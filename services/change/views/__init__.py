"""Read models of the siblings: services, customers, who uses what, and what is broken right now.

Each row is what the last event about its record said, kept with that event's sequence. Records
refer to each other without foreign keys, because events of different records arrive in any order.
"""
