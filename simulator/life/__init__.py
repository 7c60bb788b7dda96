"""The organisation's ordinary days, its mistakes and its housekeeping."""
