"""What can go wrong with a model, said with what to do."""


class ModelError(Exception):
    """Root of this package's errors."""


class ModelNotFound(ModelError):
    """No such model in the registry."""

    def __init__(self, model: str) -> None:
        super().__init__(f"no model {model!r}")


class ModelRefused(ModelError):
    """The gate, or a person's lack of a reason, keeps the model out."""

    def __init__(self, model: str, why: str) -> None:
        super().__init__(f"model {model!r} is not promoted: {why}")


class NothingToRollBack(ModelError):
    """No trained model serves, so that there is none to take the place from."""


class ModelIncompatible(ModelError):
    """An artefact was written for other features or by another version."""


class StateAhead(ModelError):
    """A question about a second that a state has already learned past, or has not reached.

    Advance a state with ``advance(rows, until=second)`` before asking about ``second``; for an
    earlier second start from a fresh state.
    """


class Overtaken(ModelError):
    """Another scoring run wrote its state first; run ``offtrail score`` again."""


class UnknownFinding(ModelError):
    """No finding of that id is stored."""


class NothingToUndo(ModelError):
    """No word holds on a finding, so that there is none to withdraw."""


class EndsTooSoon(ModelError):
    """A word closes a whole finding, and would end before the finding's last error."""


class NothingToLearn(ModelError):
    """A history has no principal whose calls could be learned from."""


class NothingToEvaluate(ModelError):
    """A benchmark was given data that lacks backgrounds, attacks, shams or people."""
