"""Messages: the same incident in two languages, for those who run a service and for its customers.

A business message is written from business facts alone; the type of those facts has no field for a
technical text, so none can slip in. Templates substitute names and have no logic: whatever a
title contains, it is never looked at as a template again.
"""
