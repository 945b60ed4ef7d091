"""Schemas of PostgreSQL, one for whoever needs tables of their own."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import create_engine, make_url, text


def new_schema(server: str) -> str:
    """Make a schema and return the URL that opens it."""
    name = f"test_{uuid4().hex}"
    _execute(server, f"CREATE SCHEMA {name}")
    return (
        make_url(server).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    )


def drop_schema(server: str, url: str) -> None:
    """Drop a schema that ``new_schema`` made."""
    option = str(make_url(url).query["options"])
    _execute(server, f"DROP SCHEMA {option.partition('=')[2]} CASCADE")


def _execute(server: str, statement: str) -> None:
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
