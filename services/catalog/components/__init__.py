"""Components: the map, of nodes and the dependencies between them.

A node is whatever can rest on something: a service or a configuration item, of the four kinds of
an IT system. Services belong to an area above, which registers each here in its own transaction,
so that a foreign key says whether both ends of a dependency exist; configuration items are this
area's own, and have the id of their node.

A dependency goes from the consumer to the provider, with a beginning and perhaps a planned end; of
one type between the same ends, no two overlap. It is never deleted, its validity ends. A redundancy
group of a node says how many of its providers must be up; its members are the dependencies that
name it. A group needs no more than it has at any instant from now on: whatever would make that
untrue, a change of the group or the leaving of a member, is refused. So a group is defined with the
members it begins with, and once it ends its node needs every one of them.

What others rest on now or are going to cannot be retired; one that is retired rests on nothing any
more. Circles are allowed. ITIL 4 calls this service configuration management; ISO/IEC 20000-1 asks
for it in clause 8.2.6.
"""
