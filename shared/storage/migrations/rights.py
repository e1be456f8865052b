"""Rights on tables whose rows are never changed: only their owner may delete from them.

The owner's default privileges give the role of the service every right on each new table; a migration takes back what
it must not have, whatever the role is called. On SQLite there are no roles.
"""

from typing import Final

from sqlalchemy import Connection, MetaData, text

from shared.storage.tables import append_only

_ROLES: Final = text(
    """
    SELECT DISTINCT granted.grantee::regrole::text
    FROM pg_class, LATERAL aclexplode(relacl) AS granted
    WHERE pg_class.oid = to_regclass(:name) AND granted.grantee NOT IN (0, relowner)
    AND granted.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
    UNION
    SELECT DISTINCT granted.grantee::regrole::text
    FROM pg_attribute, LATERAL aclexplode(attacl) AS granted
    WHERE attrelid = to_regclass(:name) AND granted.grantee <> 0 AND granted.privilege_type = 'UPDATE'
    """
)
"""Roles other than the owner that may change rows of a table, or some of its columns; quoted where they must be."""


def restrict(connection: Connection, metadata: MetaData) -> None:
    """Take from all roles but the owner the right to change or delete rows of append-only tables."""
    for table in metadata.tables.values():
        columns = append_only(table)
        if columns is not None:
            _restrict(connection, table.name, ", ".join(columns))


def _restrict(connection: Connection, table: str, columns: str) -> None:
    for role in connection.scalars(_ROLES, {"name": table}).all():
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"))
        if columns:
            connection.execute(text(f"GRANT UPDATE ({columns}) ON {table} TO {role}"))
