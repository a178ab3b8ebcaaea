"""Suppliers: who outside delivers something that services rest on.

A supplier has support hours, which are a calendar, and is reached through its contacts. ITIL 4
calls this supplier management; ISO/IEC 20000-1 asks for it in clause 8.3.4.

What was agreed with a supplier lies above this area, which never asks upwards: a supplier can be
retired while an agreement with it runs on. Its contacts stay as they are; it gets no new ones.
"""
