"""Changes: something is to be added, altered or removed that could affect a service.

A change is requested, assessed, authorised by somebody else than its requester, carried out inside
its planned window, and reviewed. Nobody is kept from asking, and nothing is carried out that was
not authorised as it stands: whoever alters the content takes the authorisation back first.
ITIL 4 calls this change enablement, ISO/IEC 20000-1 change management (clause 8.5.1).
"""
