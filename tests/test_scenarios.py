"""Every scenario of `scenarios/`, played in a real shell and compared with a fresh process after each edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import pytest
from helpers import Project, Shell
from scenarios import Edit, Scenario, every_scenario
from scenarios.oracle import Answer, Oracle, modules_below
from scenarios.picture import differences, pictures

from autoreload_hooks.compat import HAS_MONITORING
from autoreload_hooks.magics import loaded
from autoreload_hooks.reloader import Reloader
from autoreload_hooks.report import Report

ALL = [pytest.param(scenario, id=f"{topic}-{scenario.name}") for topic, scenario in every_scenario()]


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    """A process that imports the sources afresh."""
    with Oracle() as process:
        yield process


@pytest.mark.parametrize("scenario", ALL)
def test_live_equals_fresh(scenario: Scenario, project: Project, shell: Shell, oracle: Oracle) -> None:
    """After every edit each module is what a fresh process has, by the way that the scenario says."""
    if scenario.recorded and not HAS_MONITORING:
        pytest.skip("this Python cannot record what runs")
    Stage(project, shell, oracle, scenario).play()


class Stage:
    """Where one scenario is played."""

    def __init__(self, project: Project, shell: Shell, oracle: Oracle, scenario: Scenario) -> None:
        self.project = project(scenario.files)
        self.shell = shell.load("2 --full" if scenario.full else "2")
        self.oracle = oracle
        self.scenario = scenario
        found = loaded(shell.ip)
        assert found is not None
        self.reloader: Reloader = found
        self.cells = scenario.cells  #: what a fresh session types

    def play(self) -> None:
        """Run the cells, then edit after edit."""
        for cell in self.scenario.cells:
            self.shell.cell(cell)
        for edit in self.scenario.edits:
            for cell in edit.before:
                self.shell.cell(cell)
            before = self.look()
            self.save(edit)
            report = self.check()
            self.judge(edit, report, before)
            assert self.check() == Report(), "the same edit is found once"

    def save(self, edit: Edit) -> None:
        """Write what the edit writes."""
        for name, text in edit.files.items():
            if text is None:
                self.project.delete(name)
            elif self.project.path(name).exists():
                self.project.edit(name, text)
            else:
                assert not callable(text)
                self.project({name: text})

    def check(self) -> Report:
        """Run a cell that does nothing, and return what was done before it."""
        count = len(self.reloader.reports)
        self.shell.cell("pass")
        new = self.reloader.reports[count:]
        assert len(new) <= 1
        return new[0] if new else Report()

    def judge(self, edit: Edit, report: Report, before: dict[str, Any]) -> None:
        """Compare with what must be."""
        told = "\n".join(failure.text for failure in report.failures)
        if edit.fails:
            assert edit.fails in told
            assert list(differences(self.look(), before)) == []
        else:
            assert told == ""
            self.cells = self.cells if edit.fresh is None else edit.fresh
            answer = self.ask(edit)
            live = pictures(answer.pictures, without=edit.differs)
            assert list(differences(live, answer.pictures)) == []
            assert {text: repr(self.shell.value(text)) for text in edit.same} == answer.values
        assert [text for text in edit.holds if not self.shell.value(text)] == []
        assert edit.notes == tuple(note.slug for note in report.notes)
        self.judge_events(edit, report)

    def judge_events(self, edit: Edit, report: Report) -> None:
        """The log is what it must be; where nothing can be recorded, units may run that need not."""
        if edit.events is None:
            return
        expected, events = in_order(edit.events), in_order(report.events)
        if not HAS_MONITORING:
            events = list(dict.fromkeys(event for event in events if event in expected))
        assert expected == events

    def ask(self, edit: Edit) -> Answer:
        """What a fresh process says."""
        answer = self.oracle.ask(self.project.root, self.cells, edit.same, without=edit.differs)
        assert answer.error == "", "a fresh process cannot import these sources"
        return answer

    def look(self) -> dict[str, Any]:
        """A picture of all that there is."""
        return pictures(modules_below(str(self.project.root)))


def in_order(events: Iterable[str]) -> list[str]:
    """A log with rebindings that follow each other sorted: it does not matter which importer is first."""
    groups = groupby(events, key=lambda event: event.startswith("rebind "))
    return [event for are_rebindings, group in groups for event in (sorted(group) if are_rebindings else group)]
