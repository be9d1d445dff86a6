"""How what happened is told."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from helpers import Project

from autoreload_hooks.report import Failure, Note, failure_text, note_text, reloaded_text


def raised(project: Project, code: str) -> tuple[Exception, str]:
    """What importing a module `m` with this code raises, and the path of the module."""
    project({"m.py": code})
    with pytest.raises(Exception) as caught:
        project.load("m")
    return caught.value, str(project.path("m.py"))


def test_a_failure_names_the_module_the_line_and_the_error(project: Project) -> None:
    """The user finds the place at once."""
    error, path = raised(project, "def f(x):\n    return 1 / x\n\nf(0)\n")

    text = failure_text(Failure.of("m", error))

    assert text.startswith("[autoreload of m failed: Traceback (most recent call last):\n")
    assert f'File "{path}", line 4, in <module>' in text
    assert f'File "{path}", line 2, in f' in text
    assert "ZeroDivisionError: division by zero\n" in text
    assert text.endswith("]")


def test_a_failure_says_which_version_still_runs(project: Project) -> None:
    """Nobody has to guess what a half-reloaded program would do."""
    error, _ = raised(project, "1 / 0")

    assert "Nothing was changed: the version before this edit still runs" in failure_text(Failure.of("m", error))


def test_a_failure_says_what_had_begun_to_run(project: Project) -> None:
    """What lines of a module did to the outside world cannot be undone."""
    error, _ = raised(project, "1 / 0")

    assert "Lines of a, m had begun to run" in failure_text(Failure.of("m", error, began=["a", "m"]))
    assert "begun" not in failure_text(Failure.of("m", error))


def test_a_syntax_error_has_its_line_and_caret_but_no_traceback(project: Project) -> None:
    """Nothing ran, so there is nothing to trace."""
    path = str(project({"m.py": "x = 1\ny = (2\n"}).path("m.py"))
    with pytest.raises(SyntaxError) as caught:
        compile(project.read("m.py"), path, "exec")
    error = caught.value.with_traceback(None)

    lines = failure_text(Failure.of("m", error)).splitlines()

    assert f'[autoreload of m failed:   File "{path}", line 2' == lines[0]
    assert ["    y = (2", "        ^", "SyntaxError: '(' was never closed"] == lines[1:4]


def test_only_the_frames_of_the_user_are_shown(project: Project) -> None:
    """How this package and the import system came there helps nobody."""
    project({"inner.py": "raise LookupError('inner')"})
    error, path = raised(project, "import importlib\nimportlib.import_module('inner')\n")

    files = [line.split('"')[1] for line in Failure.of("m", error).text.splitlines() if line.startswith("  File ")]

    assert [str(Path(__file__).with_name("helpers.py")), path, str(project.path("inner.py"))] == files[-3:]
    assert not [file for file in files if "importlib" in file]


def test_what_the_user_calls_in_the_standard_library_is_shown(project: Project) -> None:
    """Only what the import system itself calls there is hidden."""
    error, path = raised(project, "import json\njson.loads('?')\n")

    text = Failure.of("m", error).text

    assert text.index(path) < text.index("decoder.py")


def test_causes_and_groups_are_shown(project: Project) -> None:
    """The error that the user sees first may not be the one that went wrong."""
    error, _ = raised(
        project,
        """
        try:
            {}["key"]
        except KeyError as error:
            raise ExceptionGroup("several", [ValueError("first"), TypeError("second")]) from error
        """,
    )

    text = Failure.of("m", error).text

    for part in ("KeyError: 'key'", "direct cause", "several", "ValueError: first", "TypeError: second"):
        assert part in text


def test_an_error_without_a_file_gets_that_of_the_module() -> None:
    """Some errors of the compiler know no file."""
    failure = Failure.of("m", ValueError("source code string cannot contain null bytes"), path="/somewhere/m.py")

    assert failure.text.startswith('  File "/somewhere/m.py"\nValueError: ')


def test_an_error_that_shows_no_code_of_the_user_keeps_all_its_frames() -> None:
    """It is a mistake of this package, and somebody has to find it."""
    with pytest.raises(AttributeError) as caught:
        failure_text(None)  # type: ignore[arg-type]
    error = caught.value
    error.__traceback__ = error.__traceback__.tb_next  # the frame of this test

    assert "report.py" in Failure.of("m", error).text


def test_an_error_that_cannot_be_told_is_told_all_the_same() -> None:
    """User code may have exceptions whose text raises."""

    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "OddError" in failure_text(Failure.of("m", OddError()))


def test_a_failure_keeps_no_frames(project: Project) -> None:
    """They would keep alive whatever the failed attempt has made; reports are kept."""
    error, _ = raised(
        project, "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ExceptionGroup('g', [ValueError()])"
    )

    failure = Failure.of("m", error)

    assert failure.error.__traceback__ is None
    assert failure.error.__context__ is not None
    assert failure.error.__context__.__traceback__ is None
    assert traceback.format_exception(failure.error)


def test_failures_that_read_the_same_are_equal(project: Project) -> None:
    """Whether to tell an error again depends on what the user would read."""
    first, _ = raised(project, "1 / 0")
    second, _ = raised(project, "1 / 0")
    other, _ = raised(project, "1 / 0.0")

    assert Failure.of("m", first) == Failure.of("m", second)
    assert Failure.of("m", first) != Failure.of("m", other)


def test_a_note_says_what_and_why_and_where_to_read_on() -> None:
    """The slug is a heading of the page of messages."""
    note = Note("stale-holder", "a list still holds the old version: make it anew", "m.A")

    assert "[autoreload] m.A: a list still holds the old version: make it anew (stale-holder)" == note_text(note)


def test_a_reload_is_told_as_ever() -> None:
    """Users and tools know the words of IPython's own extension."""
    assert "Reloading 'm'." == reloaded_text("m")


def test_reports_are_values() -> None:
    """What was told cannot change afterwards."""
    with pytest.raises(AttributeError):
        Note("a", "b", "c").slug = "d"  # type: ignore[misc]


def test_the_edited_files_are_named_where_another_module_fails() -> None:
    """The file that has to be mended may be the one that was edited."""
    told = failure_text(Failure.of("n", ValueError("no"), because=["/here/m.py"]))

    assert "Lines of it run again because of the edit of /here/m.py." in told
    assert "because of the edit" not in failure_text(Failure.of("n", ValueError("no")))
