"""Warnings while something is compiled."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from autoreload_hooks.compat.silence import warnings_are


def test_warnings_are_ignored_or_raised_meanwhile() -> None:
    """And the filters are as before."""
    before: Any = list(warnings.filters)
    with warnings_are("ignore"):
        compile("1 is 1", "text", "exec")
    with pytest.raises(SyntaxError), warnings_are("error"):
        compile("1 is 1", "text", "exec")

    assert list(warnings.filters) == before


def test_filters_that_were_replaced_meanwhile_are_as_before() -> None:
    """Another thread may have entered `catch_warnings`, and leave it later."""
    before: Any = list(warnings.filters)
    caught = warnings.catch_warnings()
    with warnings_are("ignore"):
        caught.__enter__()
    inside: Any = list(warnings.filters)
    caught.__exit__(None, None, None)

    assert list(warnings.filters) == before == inside
