"""What a trail names, for a person's eye: signs that a terminal would obey are spelled out.

A name may hold an escape sequence, a line's end or an override of the direction of writing. On a
terminal and on a page it is shown as ``\\x1b``, ``\\n`` or ``\\u202e``; JSON keeps it as it is.
"""

from typing import Any, TypeVar

import msgspec

Answer = TypeVar("Answer")


def visible(text: str) -> str:
    """The text on one line, in printable signs."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def is_text(word: str) -> bool:
    """Whether a word is of signs alone: one of odd bytes can be a file's name, and no text."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(answer: Answer) -> Answer:
    """An answer with every text in it made visible."""
    made: Any = _shown(answer)
    return made  # type: ignore[no-any-return]


def _shown(part: Any) -> Any:
    match part:
        case str():
            return visible(part)
        case msgspec.Struct():
            fields = {name: _shown(getattr(part, name)) for name in part.__struct_fields__}
            return type(part)(**fields)
        case dict():
            return {_shown(name): _shown(value) for name, value in part.items()}
        case list():
            return [_shown(one) for one in part]
        case tuple():
            return tuple(map(_shown, part))
    return part
