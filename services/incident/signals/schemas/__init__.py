"""Signals as HTTP shows and takes them.

``records`` shows integrations and signals; ``alertmanager`` and ``generic`` translate what senders
send, ``credentials`` reads how they say who they are.
"""
