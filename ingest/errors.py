"""What can go wrong in the ingest layer, each with what to do about it."""


class IngestError(Exception):
    """Base of every error of this layer."""


class SourceMissing(IngestError):
    """A source named on the command line does not exist, or is not one: check its spelling."""


class SourceRefused(IngestError):
    """S3 or the file system refused to list or read: check credentials, policy and region."""


class SourceUnavailable(IngestError):
    """S3 cannot be reached: check the network and the endpoint, and run again."""


class Damaged(IngestError):
    """A file that cannot be read, or not to its end; the text is the reason in the report."""


class CutShort(Damaged):
    """A file whose last record may be half there: the damage is told, the half is not another."""


class WorkerLost(IngestError):
    """A reading process died, killed from outside or for want of memory: run again, with fewer."""


class ClusterUnavailable(IngestError):
    """A Dask cluster does not answer, or has no workers: check its address, or read here."""


class StoreMiscounts(IngestError):
    """A store did not account for every call it was given: a defect, please report it."""
