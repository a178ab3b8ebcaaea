"""What can be done with incidents.

``handling`` and ``relating`` are for people and programs, ``major`` and ``matrix`` hold decisions,
``automation`` acts by time and for monitoring; ``recording`` is how each of them ends.
"""
