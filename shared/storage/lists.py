"""Lists of any length as one parameter of a statement.

Written out, each length of a list would be another statement, which the library compiles and each connection prepares.
"""

from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, Select, bindparam, func, select


def listed(name: str, dialect: str) -> Select[Any]:
    """Select the integers of a list parameter, for `column.in_`."""
    if dialect == "sqlite":
        return select(func.json_each(bindparam(name, type_=JSON)).table_valued("value").c.value)
    return select(func.unnest(bindparam(name, type_=ARRAY(BigInteger))))
