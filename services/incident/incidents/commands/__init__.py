"""What can be done with incidents.

``handling`` is for people and programs, ``major`` and ``matrix`` hold decisions, ``automation``
acts by time and for monitoring; ``recording`` is how each of them ends.
"""
