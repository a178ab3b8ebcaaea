"""Teams: who looks after services and components.

A team owns services and is told about their incidents; its addresses are contacts. ITIL 4 calls
this workforce assignment; ISO/IEC 20000-1 asks for it in clause 5.3 (roles and responsibilities).

Which services a team owns lies above this area, which never asks upwards: a team can be retired
while it still owns services. They keep it as their owner until they are given another.
"""
