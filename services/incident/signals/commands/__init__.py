"""What can be done with ``integrations``, and the ``intake`` of what they send."""
