"""Channels: how a message leaves the platform, and the webhook endpoints that others register.

Mail goes through a real SMTP server with a Message-ID that stays the same on every try. Webhooks
follow Standard Webhooks and reach only addresses that were checked. The log stands in for mail
where none is set up. No channel knows a rule or a record; each says what became of one handing
over: accepted, to be tried again, or refused for good.
"""
