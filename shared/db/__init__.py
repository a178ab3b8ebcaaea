"""PostgreSQL as the services use it: small pools, statements made once, explicit transactions.

Tables are SQLAlchemy Core, for they also feed the migrations; ``statements`` are either Core
expressions or hand-written SQL, turned into text once at import and run by asyncpg directly. That
keeps a statement near the driver's own cost (measured: a sixth of a Core execution).
``transaction`` is what a use case gets, ``pool`` is where the edge gets it from.
"""

from shared.db.pool import Database, Lent, prepare_connection
from shared.db.statements import (
    NAMING,
    Row,
    Statement,
    columns,
    insert_rows,
    service_metadata,
    statement,
)
from shared.db.transaction import (
    Closing,
    DatabaseUnavailableError,
    OutcomeUnknownError,
    ReadTx,
    TransactionLostError,
    Tx,
    violations,
)

__all__ = [
    "NAMING",
    "Closing",
    "Database",
    "DatabaseUnavailableError",
    "Lent",
    "OutcomeUnknownError",
    "ReadTx",
    "Row",
    "Statement",
    "TransactionLostError",
    "Tx",
    "columns",
    "insert_rows",
    "prepare_connection",
    "service_metadata",
    "statement",
    "violations",
]
