"""The map held in memory: who is hit when something fails, and what a thing rests on.

Pure: nothing here reads a table, a clock or a setting. ``rows`` says what a map is made of,
``adjacency`` holds it (built once from rows, then changed one dependency at a time), ``circles``
finds what rests on itself, ``spread`` carries the worst case from node to node, ``impact`` and
``upstream`` answer with it, ``probability`` weighs the uncertain edges, and ``drawing`` makes of
each answer the nodes, edges and reasons that a page shows.

Nothing is cached between two questions: the adjacency is the only thing kept, a question costs
its own reach and nothing more, and a change of one dependency is seen by the next question. A
question reads the map as it goes, so a change must not come in between: ask and change on one
thread, or under one lock.
"""
