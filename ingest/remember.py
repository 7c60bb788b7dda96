"""Answers that are remembered: so many of each question, and none to a text that is long."""

from collections.abc import Callable, Iterable, Sized
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, cast

LONGEST = 4096
"""Characters or bytes of what is asked, above which an answer is not kept: few are so long in a
trail, and a trail that is made to fill the memory cannot."""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def remembered(most: int) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Let a pure function of texts, given by place, remember its latest answers."""

    def remember(answer: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        kept = cast(Callable[Asked, Answer], lru_cache(maxsize=most)(answer))

        @wraps(answer)
        def told(*asked: Asked.args, **named: Asked.kwargs) -> Answer:
            short = not named and sum(map(len, cast(Iterable[Sized], asked))) <= LONGEST
            return kept(*asked, **named) if short else answer(*asked, **named)

        return told

    return remember
