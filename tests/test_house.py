"""The rules of the house, checked on what is tracked: sizes, maps, names that must not be there."""

import ast
import re
import shutil
import statistics
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "graph", "models", "api", "simulator")
MEDIAN, MOST = 120, 400
ACCOUNTS = frozenset(
    ("111122223333", "444455556666", "123456789012", "111111111111", "222233334444")
) | {"777788889999"}
ACCOUNT = re.compile(r"(?<![0-9A-Za-z.\-])[0-9]{12}(?![0-9A-Za-z])")
HOSTS = tuple(
    host.replace(" ", "")
    for host in (
        "pypi .org",
        "python hosted.org",
        "registry. npmjs.org",
        "registry. yarnpkg.com",
        "repo1. maven.org",
        "repo.maven. apache.org",
        "crates .io",
        "proxy. golang.org",
    )
)
PRIVATE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def tracked() -> list[Path]:
    """The files that git knows, where there is git and a checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout here: what is tracked cannot be told")
    listed = subprocess.run(  # noqa: S603  # git, to list our own files
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Tracked text files by name; a binary file has no text."""
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            found[str(path.relative_to(ROOT))] = content.decode(errors="replace")
    return found


def modules() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in PACKAGES]


def where(pattern: re.Pattern[str], allowed: frozenset[str] = frozenset()) -> list[str]:
    return [
        f"{name}: {match}"
        for name, text in texts().items()
        for match in pattern.findall(text)
        if match not in allowed
    ]


def test_no_module_has_more_than_400_lines() -> None:
    sizes = {str(p.relative_to(ROOT)): lines(p) for p in tracked() if p.suffix == ".py"}
    assert {name: size for name, size in sizes.items() if size > MOST} == {}


def test_half_of_the_modules_have_fewer_than_120_lines() -> None:
    assert statistics.median(lines(path) for path in modules()) < MEDIAN


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_every_folder_of_code_has_a_map() -> None:
    folders = {path.parent for path in tracked() if path.suffix in {".py", ".cypher"}} - {ROOT}
    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not mapped(f)] == []


def mapped(folder: Path) -> bool:
    """A folder has its README, or one above it names the folder."""
    if (folder / "README.md").is_file():
        return True
    above = [up / "README.md" for up in folder.parents if up.is_relative_to(ROOT) and up != ROOT]
    named = f"{folder.name}/"
    return any(readme.is_file() and named in readme.read_text() for readme in above)


def test_every_module_stands_in_the_map_of_its_folder() -> None:
    missing = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py" and not path.stem.startswith(("__init__", "conftest", "test_"))
        if (path.parent / "README.md").is_file() and not in_map(path)
    ]
    assert missing == []


def in_map(module: Path) -> bool:
    """A folder's README names the file, or files like it."""
    maps = [module.parent / "README.md", *module.parent.glob("*/README.md")]
    named = {name for page in maps for name in re.findall(r"[\w*]+\.py", page.read_text())}
    return any(fnmatch(module.name, name) for name in named if name != "*.py")


def test_no_account_number_but_those_of_documentation() -> None:
    assert where(ACCOUNT, ACCOUNTS) == []


def test_no_path_of_a_private_machine() -> None:
    assert where(PRIVATE) == []


def test_no_host_of_a_package_registry() -> None:
    assert where(re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_links_between_our_pages_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name, text in texts().items()
        if name.endswith(".md")
        for target in LINK.findall(text)
        if "://" not in target and not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_file_of_code_says_first_what_it_holds() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_public_function_and_class_has_a_docstring() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_verb_of_the_command_line_has_its_row_in_the_readme() -> None:
    from offtrail.api.main import cli

    table = (ROOT / "README.md").read_text().partition("## The verbs")[2].partition("\n## ")[0]
    rows = {verb: row for row in table.splitlines() for verb in re.findall(r"`([\w-]+)", row)}
    verbs = list(verbs_of(cli))
    assert len(verbs) > 20
    assert [names for names in verbs if not all(n in rows.get(names[0], "") for n in names)] == []


def verbs_of(group: click.Command) -> Iterator[tuple[str, ...]]:
    """The verbs of a group, each with the groups it stands in."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            yield (name,)
            command = group.get_command(context, name)
            assert command is not None
            yield from ((name, *below) for below in verbs_of(command))


def test_every_dependency_is_used_and_said_in_the_readme_of_its_folder() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = chain(project["dependencies"], *project["optional-dependencies"].values())
    modules_of = packages_distributions()
    code = {folder: imported(folder) for folder in PACKAGES}
    wrong = []
    for line in required:
        name, *extra = re.findall(r"[\w-]+", re.split("[<>=]", line)[0])
        own = {m for m, of in modules_of.items() if {name, *extra} & {plain(o) for o in of}}
        users = {folder for folder in PACKAGES if own & code[folder]}
        users |= {"graph"} if name == "neo4j-rust-ext" else set()  # works beneath the driver
        told = [re.search(rf"\b{name}\b", (ROOT / f / "README.md").read_text()) for f in users]
        if not users or not all(told):
            wrong.append(f"{name}: {sorted(users)}")
    assert wrong == []


def plain(name: str) -> str:
    """A package's name as requirements write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: str) -> set[str]:
    """The first names of all modules that a folder's code imports."""
    found = set()
    for path in modules():
        if path.relative_to(ROOT).parts[0] == folder:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found
