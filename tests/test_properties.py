"""What must hold for every program and every edit: random ones, compared with a fresh process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from helpers import Interpreter, Project
from hypothesis import given
from hypothesis import strategies as st
from scenarios.oracle import Oracle, modules_below
from scenarios.picture import differences, pictures
from session import Session, session
from strategies import Program, allowed, breakages, comments, edits, programs

from autoreload_hooks.compat import HAS_MONITORING

CELLS = ("import m0", "from m0 import *")


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    """A process that imports the sources afresh."""
    with Oracle() as process:
        yield process


class Live:
    """A program that has been imported in a session."""

    def __init__(self, project: Project, opened: Session, oracle: Oracle, program: Program) -> None:
        self.project = project(program.files())
        self.session = opened
        self.oracle = oracle
        for cell in CELLS:
            opened.cell(cell)

    def save(self, files: dict[str, str]) -> None:
        """Write the files that differ."""
        for name, text in files.items():
            if self.project.read(name) != text:
                self.project.edit(name, text)

    def look(self) -> dict[str, Any]:
        """A picture of all modules."""
        return pictures(modules_below(str(self.project.root)))

    def assert_fresh(self) -> None:
        """All modules, and what the user has imported, look as in a fresh process."""
        answer = self.oracle.ask(self.project.root, CELLS)
        assert answer.error == "", answer.error
        assert list(differences(pictures(answer.pictures), answer.pictures)) == []

    def objects(self) -> dict[tuple[str, str], Any]:
        """The functions and classes of all modules, by name."""
        return {
            (module, name): value
            for module, namespace in self.namespaces()
            for name, value in namespace.items()
            if isinstance(value, (FunctionType, type))
        }

    def namespaces(self) -> list[tuple[str, dict[str, Any]]]:
        """The modules and what they hold."""
        names = modules_below(str(self.project.root))
        return [(name, self.session.reloader.importer.records[name].namespace) for name in names]

    def runs(self) -> list[tuple[str, int]]:
        """The units that ran at the last check: module and line."""
        events = [event.split()[1].split(":") for event in self.session.events if event.startswith("run ")]
        return [(module, int(line)) for module, line in events]


@contextmanager
def live(oracle: Oracle, program: Program) -> Iterator[Live]:
    """Import a program in a session of its own, and leave no trace."""
    state = Interpreter()
    try:
        with tempfile.TemporaryDirectory() as folder, session() as opened:
            yield Live(Project(Path(folder).resolve()), opened, oracle, program)
    finally:
        state.restore()


@given(st.data())
def test_live_equals_fresh(oracle: Oracle, data: st.DataObject) -> None:
    """After any edits every module has the names, code, lines, values and identities that a fresh process has."""
    program = data.draw(programs())
    with live(oracle, program) as running:
        for _ in range(3):
            program = data.draw(edits(program))
            running.save(program.files())
            report = running.session.check()
            assert report.failures == ()
            running.assert_fresh()
            assert running.session.check().events == ()


@given(st.data())
def test_no_more_runs_than_the_rules_allow(oracle: Oracle, data: st.DataObject) -> None:
    """A unit runs only if it differs itself, or something that it read, or a function that ran inside it; and once."""
    old = data.draw(programs())
    with live(oracle, old) as running:
        new = data.draw(edits(old))
        running.save(new.files())
        running.session.check()
        if HAS_MONITORING:  # elsewhere names stand in for recordings, and more may run
            ran = {(module, new.item_at(module, line).name) for module, line in running.runs()}
            assert ran <= allowed(old, new), ran - allowed(old, new)


@given(st.data())
def test_what_the_user_did_stays(oracle: Oracle, data: st.DataObject) -> None:
    """Names and attributes that came from outside, and what was put into a state dictionary, survive every edit."""
    old = data.draw(programs())
    with live(oracle, old) as running:
        mark = object()
        for module, namespace in running.namespaces():
            namespace["user_mark"] = [module]
        marked = list(running.objects().items())
        for _, value in marked:
            value.user_mark = mark
        states = [(m, i.name) for m, i in old.every() if i.kind == "state"]
        for module, name in states:
            dict(running.namespaces())[module][name]["user_mark"] = mark
        new = data.draw(edits(old))
        running.save(new.files())
        assert running.session.check().failures == ()
        running.assert_fresh()
        assert all(namespace["user_mark"] == [module] for module, namespace in running.namespaces())
        there = {(m, i.name): i.kind for m, i in new.every()}
        same = {(m, i.name) for m, i in old.every() if there.get((m, i.name)) == i.kind}
        assert all(value.user_mark is mark for place, value in marked if place in same)
        kept = {(m, i.name) for m, i in new.every() if i.kind == "state"}
        for module, name in kept.intersection(states):
            assert dict(running.namespaces())[module][name]["user_mark"] is mark


@given(st.data())
def test_a_failing_edit_changes_nothing(oracle: Oracle, data: st.DataObject) -> None:
    """Whatever raises, wherever: all looks as before and is the same object; the mended file is then live."""
    program = data.draw(programs())
    with live(oracle, program) as running:
        before, objects = running.look(), running.objects()
        names = [(module, list(namespace)) for module, namespace in running.namespaces()]
        running.save(data.draw(breakages(program)))
        report = running.session.check()
        assert len(report.failures) == 1
        assert list(differences(running.look(), before)) == []
        assert all(value is objects[place] for place, value in running.objects().items())
        assert names == [(module, list(namespace)) for module, namespace in running.namespaces()]
        running.save(program.files())
        running.session.check()
        assert list(differences(running.look(), before)) == []


@given(st.data())
def test_comments_move_lines_and_nothing_else(oracle: Oracle, data: st.DataObject) -> None:
    """Comments and blank lines run nothing and swap nothing; every value is the object that it was."""
    program = data.draw(programs())
    with live(oracle, program) as running:
        values = [
            (namespace, name, value) for _, namespace in running.namespaces() for name, value in namespace.items()
        ]
        running.save(data.draw(comments(program)))
        report = running.session.check()
        assert report.failures == ()
        assert report.events == ()
        assert all(namespace[name] is value for namespace, name, value in values)
        running.assert_fresh()
