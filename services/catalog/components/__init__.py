"""Components: the map, of nodes and the dependencies between them.

A node is whatever can rest on something: a service now, a configuration item later. The area that
owns the thing itself lies above and registers it here in its own transaction, so that a foreign
key says whether both ends of a dependency exist. A dependency goes from the consumer to the
provider; it is never deleted, its validity ends. A node that others rest on cannot be retired; one
that is retired rests on nothing any more. Circles are allowed. ITIL 4 calls this service
configuration management; ISO/IEC 20000-1 asks for it in clause 8.2.6.
"""
