"""What can be done with ``integrations``, and the ``intake`` of what they send.

What comes of it is said by ``concluding``, after ``correlating`` has held back what leads to no
incident of its own; ``releasing`` lets it count later.
"""
