"""The verbs of the command line, a file a subject; the table is in api/main.py."""
