"""What the running interpreter allows."""

from __future__ import annotations

import ast
import platform
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import autoreload_hooks
from autoreload_hooks import compat
from autoreload_hooks.compat import IS_CPYTHON, LOSES_SPECIALISATION, Refused, fields
from autoreload_hooks.compat.behaviours import behaviours, is_a

PACKAGE = Path(autoreload_hooks.__file__).parent


def test_behaviours_are_listed() -> None:
    """A bug report can name every behaviour and its answer here."""
    answers = behaviours()
    assert str(answers["PYTHON"]).endswith(platform.python_version())
    assert answers["IS_CPYTHON"] is (sys.implementation.name == "cpython")
    named = {name for name in compat.__all__ if name.isupper()}
    assert named <= set(answers)


def test_every_behaviour_says_its_question_and_a_link() -> None:
    """A named behaviour is followed by the question that it answers and where that is documented."""
    body = ast.parse((PACKAGE / "compat" / "behaviours.py").read_text()).body
    for statement, after in pairwise(body):
        if isinstance(statement, ast.AnnAssign):
            assert isinstance(after, ast.Expr)
            text = ast.unparse(after)
            assert "?" in text
            assert "https://" in text


def test_refusals_are_told_apart_by_machines_and_people() -> None:
    """A refusal has a slug and a sentence, and shows both."""
    refused = Refused("layout", "another layout")
    assert (refused.slug, refused.reason, str(refused)) == ("layout", "another layout", "another layout [layout]")


@pytest.mark.skipif(not IS_CPYTHON or compat.FREE_THREADED or compat.HAS_JIT, reason="needs an ordinary CPython")
def test_fields_are_found() -> None:
    """On an ordinary build every field that is written in place is found and verified."""
    assert (fields._version_offsets() is not None) is LOSES_SPECIALISATION


def test_nothing_is_done_at_import() -> None:
    """Importing the package's lowest layer neither loads ctypes nor looks for fields."""
    code = "import sys, autoreload_hooks.compat as c; assert '_ctypes' not in sys.modules; print(c.IS_CPYTHON)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE.parent)


def test_is_a() -> None:
    """A value is told by its type and those above it; it is not asked itself, as `isinstance` may."""

    class Proxy(dict):  # type: ignore[type-arg]
        @property
        def __class__(self) -> type:  # type: ignore[override]
            raise RuntimeError("asked")

    proxy = Proxy()
    with pytest.raises(RuntimeError):
        isinstance(proxy, list)
    assert is_a(proxy, dict)
    assert is_a(proxy, (list, dict))
    assert not is_a(proxy, list)
