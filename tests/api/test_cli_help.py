"""``--help`` says what every verb and every option is for, in lines that a terminal holds."""

from collections.abc import Iterator

import click
import pytest

from offtrail.api.main import cli, main


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def test_every_verb_is_told_in_a_whole_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for group in ([], ["models"], ["token"], ["store"]):
        listed = told(capsys, *group).partition("Commands:")[2]
        assert listed
        assert "..." not in listed, listed


def test_every_option_says_what_it_is_for() -> None:
    bare = [
        (*path, option.opts[0])
        for path, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert bare == []
