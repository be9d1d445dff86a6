"""A process that knows nothing of reloading: what does a fresh import of these sources give?

It reads requests, one line of JSON each, and answers in the same way. Before each answer it forgets the modules of the
one before, so that every import is a fresh one; it takes no bytecode from a cache, so that no file can be stale.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import picture

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Answer:
    """What a fresh process has to say."""

    values: dict[str, str] = field(default_factory=dict)  #: each expression's `repr`
    pictures: dict[str, Any] = field(default_factory=dict)  #: each of the project's modules
    error: str = ""  #: the last line of a traceback, where the imports failed


class Oracle:
    """A fresh process that is asked again and again; use it as a context manager."""

    def __init__(self) -> None:
        start = f"import sys; sys.path.insert(0, {str(HERE)!r}); from scenarios.oracle import serve; serve()"
        command = [sys.executable, "-I", "-B", "-c", start]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(
        self, root: Path, cells: Sequence[str], expressions: Sequence[str] = (), *, without: Sequence[str] = ()
    ) -> Answer:
        """Run `cells` with `root` on the path, then evaluate expressions and picture the modules below `root`."""
        request = {"root": str(root), "cells": list(cells), "expressions": list(expressions), "without": list(without)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Answer(**json.loads(self._process.stdout.readline()))


def modules_below(root: str) -> list[str]:
    """The names of the loaded modules whose files (or folders) are below a folder."""
    return [name for name, module in list(sys.modules.items()) if _is_below(module, root)]


def _is_below(module: Any, root: str) -> bool:
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())]
    return any(isinstance(place, str) and place.startswith(root) for place in places)


def serve() -> None:
    """Answer until the input ends."""
    sys.path.remove(str(HERE))
    sys.pycache_prefix = str(HERE / "no such folder")
    out = sys.stdout
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            answer = _answer(**json.loads(line))
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _answer(root: str, cells: list[str], expressions: list[str], without: list[str]) -> dict[str, Any]:
    path, loaded = list(sys.path), set(sys.modules)
    sys.path.insert(0, root)
    importlib.invalidate_caches()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        for cell in cells:
            exec(compile(cell, "<cell>", "exec"), namespace)
        shapes = picture.pictures(modules_below(root), without=without)  # first, for expressions may fill caches
        values = {text: repr(eval(text, namespace)) for text in expressions}
    except Exception:
        return {"error": traceback.format_exc().strip().rpartition("\n")[2]}
    finally:
        sys.path[:] = path
        for name in set(modules_below(root)) - loaded:
            del sys.modules[name]
        namespace.clear()
        gc.collect()
    return {"values": values, "pictures": shapes}
