"""The SQLite layout: tables clustered as they are read, and the version they were written by.

``near`` holds all of each arrow-hour at both of its ends, packed by the hour, so that the
neighbourhood of a node in a window is a few rows side by side and needs no others.
"""

import sqlite3

from offtrail.graph.errors import StoreIncompatible
from offtrail.graph.generate import sql_views
from offtrail.graph.schema import TYPES

LAYOUT = 4  # of these tables; another is refused

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file (
    uri TEXT PRIMARY KEY, mark TEXT NOT NULL, records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE seen (
    hour INTEGER, revision INTEGER, ids BLOB NOT NULL, PRIMARY KEY (hour, revision)
) WITHOUT ROWID;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE activity (
    hour INTEGER, principal INTEGER, key BLOB,
    calls INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, proofs BLOB NOT NULL,
    PRIMARY KEY (hour, principal, key)
) WITHOUT ROWID;
CREATE TABLE fact (
    hour INTEGER, key BLOB,
    calls INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, proofs BLOB NOT NULL,
    PRIMARY KEY (hour, key)
) WITHOUT ROWID;
CREATE TABLE node (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    label TEXT NOT NULL, account TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    band TEXT NOT NULL DEFAULT '', text TEXT NOT NULL
);
CREATE INDEX node_band ON node (band) WHERE band <> '';
CREATE VIRTUAL TABLE node_text USING fts5 (
    text, content = 'node', content_rowid = 'id', tokenize = 'trigram', detail = none,
    columnsize = 0
);
CREATE TABLE near (id INTEGER PRIMARY KEY, arrows BLOB NOT NULL, proofs BLOB NOT NULL);
CREATE TABLE score (
    principal TEXT, api TEXT, code TEXT, score REAL NOT NULL, PRIMARY KEY (principal, api, code)
) WITHOUT ROWID;
CREATE TABLE document (
    kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('revision', 0);
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make an empty file ready; refuse one that another version wrote.

    Raises:
        StoreIncompatible: another version, or another program, wrote it.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == LAYOUT:
        return
    if found:
        raise StoreIncompatible(f"layout {found}, this version reads {LAYOUT}")
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            connection.rollback()
            raise StoreIncompatible("the file holds tables of another program")
        for statement in TABLES.split(";\n"):
            connection.execute(statement)
        renew(connection)
        connection.execute(f"PRAGMA user_version = {LAYOUT}")
    connection.commit()


def renew(connection: sqlite3.Connection) -> None:
    """Make the views that are missing: a file that an earlier version made lacks new relations."""
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'view'").fetchone()
    if found[0] < len(TYPES):
        for statement in sql_views():
            connection.execute(statement)
