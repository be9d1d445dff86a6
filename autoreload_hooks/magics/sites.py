"""Which import statements of cells and scripts bound names in the user's namespace.

It must never run any of them, and never import a module.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
from autoreload_hooks.compat.silence import warnings_are
from autoreload_hooks.sources import decode


def text_sites(text: str, transform: Callable[[str], str] | None = None) -> tuple[ImportSite, ...]:
    """The import statements of a cell or script that bind global names.

    `text` is Python, with calls where there were magics. What such a magic is given (`%time`, `%%capture`) is read too,
    after `transform` has made Python of it. Text that is no Python has no statements: whoever runs it tells the user.
    """
    if "import" not in text:  # most cells
        return ()
    with warnings_are("ignore"):  # they are shown when the text itself is compiled
        try:
            code = compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            inner = [] if transform is None else [transform(each) for each in magic_texts(text)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ()
    return sum((text_sites(each, transform) for each in inner), tuple(import_sites(code)))


def file_sites(path: str | Path) -> tuple[ImportSite, ...]:
    """The import statements of a script that bind global names; none where the file cannot be read."""
    try:
        return text_sites(decode(Path(path).expanduser().read_bytes()))
    except (OSError, SyntaxError):
        return ()


def script_names(text: str) -> Iterator[str]:
    """The scripts that the `%run` lines of a cell name."""
    if "'run'" in text:
        with contextlib.suppress(SyntaxError, ValueError):
            words = [word.strip("'\"") for line in magic_texts(text) for word in line.split()]
            yield from (word for word in words if word.endswith(".py"))


def held(sites: Iterable[ImportSite], namespace: Mapping[str, Any]) -> list[ImportSite]:
    """Those whose name a namespace still holds as they bound it.

    The others failed, stood in a branch that did not run, or were overwritten since.
    """
    return [site for site in sites if _is_held(site, namespace)]


def _is_held(site: ImportSite, namespace: Mapping[str, Any]) -> bool:
    if site.local is None:  # a star import
        return site.module in sys.modules or bool(site.level)
    if site.local not in namespace or site.name is None or site.level:
        return site.local in namespace
    module = sys.modules.get(site.module)
    theirs = vars(module) if isinstance(module, ModuleType) else {}
    return site.name not in theirs or theirs[site.name] is namespace[site.local]


def magic_texts(text: str) -> Iterator[str]:
    """What the magics of a cell are given to work on: the rest of the line, or the rest of the cell."""
    if "_magic(" not in text:  # most cells
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr="run_line_magic" | "run_cell_magic"), args=[*_, ast.Constant(given)]):
                yield str(given)
