"""What can go wrong with a graph store, said with what to do."""


class StoreError(Exception):
    """Root of this package's errors."""


class BadStoreUrl(StoreError):
    """The URL names no store that there is."""


class StoreUnavailable(StoreError):
    """The file or server cannot be reached."""


class StoreRefused(StoreUnavailable):
    """The file or server is there, and refuses: no right to it, or not with this password."""


class StoreIncompatible(StoreError):
    """The store was written by another version."""
