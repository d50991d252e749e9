"""Groups of options: a command that takes dataclasses is one with an option for each field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from seq2seq.cli.option_groups import with_groups


@dataclass(frozen=True, kw_only=True)
class Search:
    pairs: Annotated[list[str], typer.Option(help="Pairs.")]
    beam: Annotated[int, typer.Option("--beam", "-b", min=1, help="Beam size.")] = 4


@dataclass(frozen=True, kw_only=True)
class Output:
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False


@with_groups
def grouped(
    text: Annotated[str, typer.Argument(help="Text.")],
    *,
    search: Search,
    output: Output,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
) -> None:
    """Translate."""
    print(text, search.pairs, search.beam, output.json, quiet)


def plain(
    text: Annotated[str, typer.Argument(help="Text.")],
    pairs: Annotated[list[str], typer.Option(help="Pairs.")],
    beam: Annotated[int, typer.Option("--beam", "-b", min=1, help="Beam size.")] = 4,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
) -> None:
    """Translate."""
    print(text, pairs, beam, json, quiet)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["casa", "--pairs", "a", "--pairs", "b"],
        ["-b", "2", "casa", "--json", "--pairs", "a", "--quiet"],
        ["casa"],
        ["casa", "--pairs", "a", "-b", "0"],
        ["casa", "--pairs", "a", "--bean", "2"],
    ],
)
def test_a_command_with_groups_is_the_one_with_their_fields(arguments: list[str]) -> None:
    results = []
    for command in (grouped, plain):
        app = typer.Typer()
        app.command("translate")(command)
        done = CliRunner().invoke(app, arguments)
        results.append((done.exit_code, done.output))
    assert results[0] == results[1]


def test_in_python_it_takes_the_fields_by_place_or_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grouped("casa", ["a"], 2, json=True)
    grouped("casa", pairs=["a"])
    with pytest.raises(TypeError, match="pairs"):
        grouped("casa")
    assert capsys.readouterr().out == "casa ['a'] 2 True False\ncasa ['a'] 4 False False\n"


def test_two_groups_cannot_have_a_field_of_the_same_name() -> None:
    def twice(output: Output, other: Output) -> None: ...

    with pytest.raises(ValueError, match="duplicate parameter name: 'json'"):
        with_groups(twice)
