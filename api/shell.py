"""Commands of ours as a person pastes them into a shell: quoted, with the store that was named."""

import shlex

import msgspec

from offtrail.api.objects import Investigation

PROGRAM = "offtrail"


def command(*words: str) -> str:
    """A command of ours of these words."""
    return " ".join([PROGRAM, *map(quoted, words)])


def quoted(word: str) -> str:
    """One word for a shell, in printable signs: what is not is spelled out in ``$'...'``."""
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_spelled, word)) + "'"


def _spelled(sign: str) -> str:
    if sign in "\\'":
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return "".join(f"\\{byte:03o}" for byte in sign.encode(errors="surrogatepass"))


def typed(step: str, program: str) -> str:
    """A command that begins with ``offtrail``, with the options that it was called with."""
    return program + step.removeprefix(PROGRAM)


def retyped(answered: Investigation, program: str) -> Investigation:
    """An investigation whose commands name the store that it was asked of."""
    answers = (
        msgspec.structs.replace(one, value=one.value | {"next": typed(one.value["next"], program)})
        if "next" in one.value
        else one
        for one in answered.answers
    )
    steps = (typed(step, program) for step in answered.next)
    return msgspec.structs.replace(answered, answers=tuple(answers), next=tuple(steps))
