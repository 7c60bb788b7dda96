"""Options that take several words, written as one would: ``--attacks A B``."""

from collections.abc import Sequence

import click


class Lists(click.Command):
    """A command whose ``lists`` are options that take all words up to the next option."""

    lists: Sequence[str] = ()
    out_first = False  # whether they do so only after an argument that stands first

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = self.out_first and (not args or args[0].startswith("-"))
        return super().parse_args(ctx, args if plain else spread(args, self.lists))


def spread(args: list[str], lists: Sequence[str]) -> list[str]:
    """``--attacks A B`` as ``--attacks A --attacks B``."""
    option, made = "", list[str]()
    for word in args:
        if word.startswith("-"):
            option = word if word in lists else ""
            made += [] if option else [word]
        else:
            made += [option, word] if option else [word]
    return made
