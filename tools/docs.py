"""Whether the documentation is true: its links, the paths and commands it names, its examples of configuration."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from calmirror.cli.main import main as calmirror
from calmirror.cli.registry import COMMANDS
from calmirror.config import load
from calmirror.errors import ConfigError

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "docs" / "index.md"
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?:\./)?((?:docs|src|tests|tools|lock|\.ci)/[\w./*-]+)")
NUMBERED = re.compile(r"\bissues?\s*#?\d|(?<![\w&/`])#\d", re.IGNORECASE)
SHELL_ENDS = {"|", ">", ">>", "&&", "||", ";", "&"}
NEEDED = {
    "microsoft": '[microsoft]\ntoken_command = ["example"]\n',
    "google": '[google]\ntoken_command = ["example"]\n',
}
MIRROR = '[[mirror]]\nname = "example"\n'
"""What examples of a part of the configuration leave out."""


def pages() -> list[Path]:
    """Every page of documentation."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def told(page: Path, what: str) -> str:
    """A finding."""
    return f"{page.relative_to(ROOT)}: {what}"


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`, by the headings."""
    headings = re.findall(r"^#+ +(.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links() -> Iterator[str]:
    """Links within the repository lead to a page, and to a heading that it has."""
    for page in pages():
        for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = (page.parent / name).resolve() if name else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                yield told(page, f"the link to {target} leads nowhere")


def code(text: str) -> Iterator[str]:
    """Lines of code, whether on their own or within a sentence."""
    for _, _, block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from INLINE.findall(prose(text))


def missing_paths() -> Iterator[str]:
    """Files and folders of the repository that are named exist."""
    for page in pages():
        for piece in INLINE.findall(page.read_text(encoding="utf-8")):
            named = PATH.fullmatch(piece.strip())
            if named and not any(ROOT.glob(named[1].rstrip("/"))):
                yield told(page, f"there is no {piece}")


def wrong_commands() -> Iterator[str]:
    """Commands that are named exist, with their options."""
    words = set(re.findall(r"^\./dev (\w+)", (ROOT / "dev").read_text(encoding="utf-8"), re.MULTILINE))
    for page in pages():
        for line in code(page.read_text(encoding="utf-8")):
            typed = line.strip().removeprefix("$ ")
            if (named := re.match(r"\./dev (\w+)", typed)) and named[1] not in words:
                yield told(page, f"there is no ./dev {named[1]}")
            if typed.startswith("calmirror ") and (wrong := wrong_part(typed)):
                yield told(page, f"{typed}: {wrong}")


def wrong_part(typed: str) -> str:
    """What calmirror does not know of a command line; "" for nothing. Placeholders in capitals stand for anything."""
    try:
        words = list(
            takewhile(lambda word: word not in SHELL_ENDS, shlex.split(re.sub(r"[][]", "", typed), comments=True)[1:])
        )
    except ValueError:
        return ""  # A sentence with an apostrophe in it is no command line.
    context = click.Context(calmirror)
    valued = {option for one in calmirror.params for option in one.opts if not getattr(one, "is_flag", False)}
    names = [word for before, word in zip(["", *words], words, strict=False) if word[0] != "-" and before not in valued]
    if not names or names[0].isupper() or names[0] in ("…", "..."):
        return ""
    if names[0] not in COMMANDS:
        return f"there is no command {names[0]}"
    command = calmirror.get_command(context, names[0])
    own = command.params if command else []
    if isinstance(command, click.Group) and names[1:] and names[1].islower():
        if names[1] not in command.commands:
            return f"there is no command {names[0]} {names[1]}"
        own = command.commands[names[1]].params
    known = {option for one in (*own, *calmirror.params) for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"it has no option {unknown[0]}" if unknown else ""


def wrong_examples() -> Iterator[str]:
    """Examples of configuration load, where need be with the tables that they leave out."""
    with TemporaryDirectory() as folder:
        for page in pages():
            for _, language, block in FENCE.findall(page.read_text(encoding="utf-8")):
                if language == "toml" and (problem := refusal(block, Path(folder) / "calmirror.toml")):
                    yield told(page, f"the example cannot be loaded: {problem}")


def refusal(toml: str, file: Path) -> str:
    """Why a piece of configuration is refused; "" when it is not."""
    tables = set(re.findall(r"^\[+[\w.]+\]+", toml, re.MULTILINE))
    before = "" if "[[mirror]]" in tables else MIRROR
    after = "".join(text for name, text in NEEDED.items() if f"[{name}]" not in tables)
    file.write_text(f"{before}{toml}\n{after}", encoding="utf-8")
    try:
        load(file)
    except ConfigError as error:
        return str(error)
    return ""


def unlisted_pages() -> Iterator[str]:
    """The map of the documentation leads to every page."""
    listed = {(INDEX.parent / target).resolve() for target in LINK.findall(INDEX.read_text(encoding="utf-8"))}
    yield from (
        told(page, "the map does not list it")
        for page in pages()
        if page.parent != ROOT and page != INDEX and page not in listed
    )


def talk_of_the_workshop() -> Iterator[str]:
    """The pages speak of the product: no numbers of issues, no path of one machine."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        yield from (told(page, f"a number of an issue: {found}") for found in NUMBERED.findall(prose(text)))
        if str(ROOT.parent) + "/" in text:
            yield told(page, "a path of one machine")


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    broken_links,
    missing_paths,
    wrong_commands,
    wrong_examples,
    unlisted_pages,
    talk_of_the_workshop,
)


def main() -> int:
    """Prints every finding; exit code 1 when there is one."""
    found = [one for check in CHECKS for one in check()]
    click.echo("\n".join([*found, f"{len(pages())} pages, {len(found)} findings"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
