"""Rules of outages: ``segments`` is how their time is put together, ``outage`` the record."""
