"""Routing: which team an incident goes to before anybody has looked at it.

A *routing rule* names a team and the conditions under which incidents go to it; all that it names
must hold, and a rule that names none is for every incident. Rules are asked by ``position``, of
equal positions the older one first; the first whose conditions hold decides. A rule that is not
enabled, is retired, or whose team is retired is passed over. Where no rule decides, the incident
goes to the owner team of its service, and else to the default team of the integration it came from.

Rules decide when an incident is declared, and again when what is said of it changes while no team
has it. Once a team has it only people give it to another: neither a rule nor another category or
priority takes work out of somebody's hands. ITIL 4 calls this the assignment of incidents;
ISO/IEC 20000-1 asks for it in clause 8.6.1.

It lies below the incidents, which ask it; it knows of them the words that conditions are made of.
"""
