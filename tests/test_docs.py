"""The pages tell the truth: their examples are played, their links lead somewhere, every message has its heading."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Project, Shell

import autoreload_hooks

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
PLAYED = [
    path for path in PAGES if re.search(r"^```python\n# \S+\.py\n", path.read_text(encoding="utf-8"), re.MULTILINE)
]

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    for fence in FENCE.finditer(path.read_text(encoding="utf-8")):
        yield fence["language"], fence["text"]


def play(text: str, shell: Shell) -> None:
    """Run each `>>>` of a block as a cell, and compare what it shows; `...` stands for any text."""
    for example in doctest.DocTestParser().get_examples(text):
        shown = re.sub(r"^Out\[\d+\]: ", "", shell.cell(example.source), flags=re.MULTILINE)

        assert doctest.OutputChecker().check_output(example.want, shown, doctest.ELLIPSIS), (
            f"{example.source}should show\n{example.want}but showed\n{shown}"
        )


def slugs_in_code() -> set[str]:
    """The slugs of all messages that the package can give: arguments of those who tell, and what `_slug` returns."""
    package = Path(autoreload_hooks.__file__).parent
    nodes = [node for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    given = [value for node in nodes if isinstance(node, ast.Call) for value in _slug_arguments(node)]
    chosen = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "_slug"]
    texts = [node.value for top in given + chosen for node in ast.walk(top) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch("[a-z]+(-[a-z]+)*", text)}


def _slug_arguments(call: ast.Call) -> list[ast.expr]:
    if ast.unparse(call.func).rpartition(".")[2] not in {"Note", "Refused", "note"}:
        return []
    return [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "slug")]


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.name)
def test_examples_are_true(path: Path, project: Project, shell: Shell) -> None:
    """What a page shows is what happens: files are saved, cells are run, and show what the page says."""
    project({})
    shell.load()
    for language, text in blocks(path):
        saved = re.match(r"# (\S+\.py)\n", text) if language == "python" else None
        if saved:
            project.write(saved[1], text)
        elif language == "pycon":
            play(text, shell)


def test_the_main_pages_have_examples() -> None:
    """The pages that explain do so by examples."""
    assert {"usage.md", "how-it-works.md"} <= {path.name for path in PLAYED}


@page
def test_links_lead_somewhere(path: Path) -> None:
    """A link to another page of the checkout names a file that is there."""
    links = LINK.findall(path.read_text(encoding="utf-8"))

    assert [] == [link for link in links if not (path.parent / link).exists()]


def test_every_message_has_its_heading() -> None:
    """Whoever looks up the slug of a message finds it, and no page explains a message that is gone."""
    headings = set(re.findall(r"^## (\S+)$", (ROOT / "docs" / "messages.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert slugs_in_code() == headings


def test_how_it_works_goes_through_the_modules_in_order() -> None:
    """The page has the modules of the flow as headings, in the order of the flow."""
    flow = ["importer", "sources", "outline", "planning", "transaction", "execution", "patching", "rebinding", "report"]
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    headings = [heading.lower() for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)]

    assert flow == [heading for heading in headings if heading in flow]


def test_readme_starts_with_the_two_commands() -> None:
    """The first screen of the README has the command that shows it at work and the one that checks it."""
    start = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:20])

    assert "python3 -m pip install . && python3 -m autoreload_hooks demo" in start
    assert "python3 -m pip install tox && tox" in start
