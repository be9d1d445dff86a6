"""Edits as data: files, what the user does, what is saved, and what must come of it.

A scenario is played in a live session, and in a fresh process that serves as the oracle. After each edit every module
of the live session must look like its fresh counterpart; a scenario says only what a comparison cannot know: what was
done and in which order, what the user's own state is, and what is told.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Text = str | bytes | Callable[[str], str] | None
"""What a file becomes: a new text, the old one with a change, or nothing (the file goes)."""

TOPICS = (
    "imports",
    "order",
    "removal",
    "values",
    "reading",
    "minimality",
    "state",
    "binders",
    "registries",
    "building",
    "calling",
    "making",
    "computed",
    "drawing",
    "contents",
    "failures",
    "undoing",
    "bodies",
    "definitions",
    "enums",
    "hooks",
    "attributes",
    "holders",
    "packages",
    "options",
)
"""The files of this folder that hold scenarios."""


@dataclass(frozen=True)
class Edit:
    """Files that are saved together, and what must follow."""

    files: Mapping[str, Text]  #: what each file becomes
    events: tuple[str, ...] | None = None  #: the whole ordered log; None where the scenario is not about the way
    before: tuple[str, ...] = ()  #: cells that only the live session runs first: what the user does meanwhile
    same: tuple[str, ...] = ()  #: expressions that have the same value in a fresh session
    holds: tuple[str, ...] = ()  #: expressions that are true in the live session, whatever a fresh one says
    differs: tuple[str, ...] = ()  #: "module.name" of what the user's state makes different from a fresh session's
    notes: tuple[str, ...] = ()  #: the slugs of what is told, in order
    fresh: tuple[str, ...] | None = None  #: what a fresh session types from now on, where the first cells would fail
    fails: str = ""  #: a part of the failure that is told; then nothing may have changed


@dataclass(frozen=True)
class Scenario:
    """A small program, a session with it, and edits."""

    rule: str  #: what it shows, in one sentence
    files: Mapping[str, Any]  #: the program
    cells: tuple[str, ...]  #: what the user types first; a fresh session does the same
    edits: tuple[Edit, ...]
    full: bool = False  #: whether edited modules run as a whole
    recorded: bool = False  #: whether names do not tell what ran: it has to be recorded, as from Python 3.12 on

    @property
    def name(self) -> str:
        """A name for the test."""
        return "-".join(self.rule.lower().replace("`", "").replace(",", "").rstrip(".").split()[:9])


def sub(old: str, new: str) -> Callable[[str], str]:
    """The old text of a file with `old`, which must be there, replaced by `new`."""

    def change(text: str) -> str:
        assert old in text, f"{old!r} is not there"
        return text.replace(old, new)

    return change


def add(more: str) -> Callable[[str], str]:
    """The old text of a file with more lines at its end."""
    return lambda text: text + more


def every_scenario() -> Iterator[tuple[str, Scenario]]:
    """Yield each scenario with its topic."""
    for topic in TOPICS:
        for scenario in importlib.import_module(f"scenarios.{topic}").SCENARIOS:
            yield topic, scenario
