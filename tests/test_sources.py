"""An edit is noticed by its content, whatever its stamp says."""

from __future__ import annotations

import os
import py_compile
import threading
import time
from pathlib import Path

import pytest
from helpers import Project
from hypothesis import given
from hypothesis import strategies as st

from autoreload_hooks.sources import (
    RACY,
    RACY_COARSE,
    Sources,
    cached_agrees,
    cached_code,
    decode,
    is_racy,
    read,
)


@pytest.fixture
def sources(project: Project) -> Sources:
    """Sources that follow m.py (`x = 1`) and n.py (`y = 1`) of the project, as the modules m and n."""
    project({"m.py": "x = 1\n", "n.py": "y = 1\n"})
    followed = Sources()
    follow(followed, project, "m")
    follow(followed, project, "n")
    return followed


def follow(sources: Sources, project: Project, name: str) -> None:
    """Follow NAME.py as the module `name`."""
    sources.watch(name, read(str(project.path(f"{name}.py"))), mine=True)


def settle(sources: Sources) -> None:
    """Have the followed sources be old: from now on only a stamp can tell."""
    sources._racy.clear()


def test_nothing_has_changed_at_first(sources: Sources) -> None:
    """Files that are as they were read are no change."""
    assert [] == sources.changed()


@pytest.mark.parametrize("how", ["write", "replace", "older", "same-mtime"])
def test_an_edit_is_noticed_however_it_is_saved(sources: Sources, project: Project, how: str) -> None:
    """In place, by a new file, with an older or with the same mtime: the content counts."""
    settle(sources)
    project.edit("m.py", "x = 2\n", how=how)  # type: ignore[arg-type]

    assert ["m"] == sources.changed()
    assert b"x = 2\n" == sources.pending_data("m")


def test_an_edit_that_leaves_the_stamp_as_it_was_is_noticed_while_the_file_is_young(
    sources: Sources, project: Project
) -> None:
    """A file that was read within the same tick of the file system's clock is compared by content again."""
    path = str(project.path("m.py"))
    known = read(path)
    project.edit("m.py", "x = 2\n", how="same-mtime")
    known.stamp, known.racy = read(path).stamp, True
    sources.watch("m", known)

    assert ["m"] == sources.changed()


def test_a_file_that_was_only_touched_has_not_changed(sources: Sources, project: Project) -> None:
    """A new stamp with the old content is remembered and is no change."""
    settle(sources)
    project.touch("m.py")

    assert [] == sources.changed()
    known = sources.source("m")
    assert known is not None
    assert read(str(project.path("m.py"))).stamp == known.stamp


def test_an_edit_is_told_until_it_is_accepted(sources: Sources, project: Project) -> None:
    """What a reload could not take over stays pending, and is fresh only once."""
    project.edit("m.py", "x = 2\n")

    assert (["m"], {"m"}) == (sources.changed(), sources.fresh)
    assert (["m"], set()) == (sources.changed(), sources.fresh)
    source = sources.accept("m")
    assert source is not None
    assert b"x = 2\n" == source.data
    assert ([], set()) == (sources.changed(), sources.fresh)


def test_a_second_edit_before_the_first_was_accepted_is_fresh(sources: Sources, project: Project) -> None:
    """The bytes that are pending are those of the last look."""
    project.edit("m.py", "x = 2\n")
    sources.changed()
    project.edit("m.py", "x = 3\n")

    assert (["m"], {"m"}) == (sources.changed(), sources.fresh)
    assert b"x = 3\n" == sources.pending_data("m")


def test_an_edit_that_is_taken_back_is_none(sources: Sources, project: Project) -> None:
    """A file that says again what runs has not changed, even if an edit was pending."""
    project.edit("m.py", "x = 2\n")
    sources.changed()
    project.edit("m.py", "x = 1\n")

    assert [] == sources.changed()
    with pytest.raises(KeyError):
        sources.pending_data("m")


def test_changes_come_in_the_order_of_import(sources: Sources, project: Project) -> None:
    """The order of the edits does not matter."""
    project.edit("n.py", "y = 2\n")
    project.edit("m.py", "x = 2\n")

    assert ["m", "n"] == sources.changed()


def test_a_deleted_file_is_told_once(sources: Sources, project: Project) -> None:
    """A file that has gone is no change; it is reported once, and nothing else suffers."""
    settle(sources)
    project.delete("m.py")
    project.edit("n.py", "y = 2\n")

    assert ["n"] == sources.changed()
    assert ["m"] == sources.deleted()
    assert ["n"] == sources.changed()
    assert [] == sources.deleted()


def test_a_file_that_comes_back_with_other_content_is_a_change(sources: Sources, project: Project) -> None:
    """Editors that delete and write anew make an edit."""
    project.delete("m.py")
    sources.changed()
    project.write("m.py", "x = 2\n")

    assert ["m"] == sources.changed()
    assert [] == sources.deleted()


def test_a_file_that_comes_back_as_it_was_is_no_change(sources: Sources, project: Project) -> None:
    """What runs is what the file says; if it goes again, that is told again."""
    project.delete("m.py")
    sources.changed()
    sources.deleted()
    project.write("m.py", "x = 1\n")

    assert [] == sources.changed()
    project.delete("m.py")
    assert [] == sources.changed()
    assert ["m"] == sources.deleted()


def test_a_module_that_becomes_a_package_is_a_change_with_a_new_path(sources: Sources, project: Project) -> None:
    """m.py has gone and m/__init__.py is there: the module goes on there, and the way back is the same."""
    project.delete("m.py")
    project.write("m/__init__.py", "x = 2\n")

    assert ["m"] == sources.changed()
    assert str(project.path("m/__init__.py")) == sources.pending_path("m")
    sources.accept("m")
    project.delete("m")
    project.write("m.py", "x = 3\n")
    assert ["m"] == sources.changed()
    assert str(project.path("m.py")) == sources.pending_path("m")


def test_a_link_is_followed(project: Project) -> None:
    """What a symbolic link points to is the file, and pointing elsewhere is an edit."""
    project({"one.py": "x = 1\n", "two.py": "x = 2\n"})
    project.path("m.py").symlink_to(project.path("one.py"))
    sources = Sources()
    follow(sources, project, "m")
    settle(sources)

    assert [] == sources.changed()
    project.path("m.py").unlink()
    project.path("m.py").symlink_to(project.path("two.py"))
    assert ["m"] == sources.changed()


def test_one_file_under_two_names_changes_for_both(sources: Sources, project: Project) -> None:
    """A file that was loaded twice is two modules."""
    sources.watch("again", read(str(project.path("m.py"))), mine=True)
    project.edit("m.py", "x = 2\n")

    assert ["m", "again"] == sources.changed()


def test_a_look_at_a_missing_file_does_not_list_all_again(sources: Sources, project: Project) -> None:
    """A file that has gone for good must not make every later cell slower."""
    settle(sources)
    project.delete("m.py")
    sources.changed()
    sources.changed()
    listed = sources._listed
    sources.changed()

    assert listed is sources._listed
    assert ["n"] == listed.names


def test_a_forgotten_module_is_not_looked_at(sources: Sources, project: Project) -> None:
    """Nothing is told of a module that is not followed any more."""
    project.edit("m.py", "x = 2\n")
    sources.changed()
    sources.forget("m")

    assert [] == sources.changed()
    assert sources.source("m") is None


def test_a_long_source_is_the_same_when_packed(project: Project) -> None:
    """Compression changes nothing but the memory it takes."""
    project({"m.py": "x = 1\n" * 5000})
    source = read(str(project.path("m.py")))
    data = source.data
    source.pack()

    assert isinstance(source._data, tuple)
    assert len(source._data[0]) < len(data) / 10
    assert data == source.data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among files")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write into it."""
    os.mkfifo(tmp_path / "m.py")

    with pytest.raises(OSError, match="no regular file"):
        read(str(tmp_path / "m.py"))


def test_a_directory_or_nothing_cannot_be_read(tmp_path: Path) -> None:
    """Reading what is no file raises OSError."""
    with pytest.raises(OSError):
        read(str(tmp_path))
    with pytest.raises(OSError):
        read(str(tmp_path / "none.py"))


# -- raciness -----------------------------------------------------------------------------------------------------
NOW = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    ("age", "racy"), [(0, True), (RACY - 1, True), (RACY, False), (10**12, False), (-1_000_000, True)]
)
def test_a_stamp_proves_something_only_after_a_while(age: int, racy: bool) -> None:
    """A file that was saved within a tick before it was read may be saved again without another stamp."""
    assert racy == is_racy((NOW - age, NOW - age, 1, 1), NOW)


def test_whole_seconds_prove_something_later() -> None:
    """A file system that counts whole seconds needs two of them."""
    stamp = NOW // 10**9 * 10**9

    assert is_racy((stamp, stamp, 1, 1), NOW)
    assert not is_racy((stamp, stamp, 1, 1), stamp + RACY_COARSE)


def test_an_mtime_far_in_the_future_is_not_looked_at_for_ever() -> None:
    """Clocks differ: a file from tomorrow is trusted by its stamp."""
    assert not is_racy((NOW + 10**14, NOW - 10**14, 1, 1), NOW)


# -- text ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\ny = 2\r", "x = 1\ny = 2\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'é'\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"", ""),
    ],
)
def test_sources_are_decoded_as_python_does(data: bytes, text: str) -> None:
    """Coding cookie, byte order mark and universal newlines."""
    assert text == decode(data)


@pytest.mark.parametrize("data", [b"# coding: no-such-thing\n", b"x = '\xe9'\n"])
def test_a_source_that_cannot_be_decoded_is_a_syntax_error(data: bytes) -> None:
    """Python says so too."""
    with pytest.raises(SyntaxError):
        decode(data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")))
def test_any_text_comes_back(text: str) -> None:
    """Decoding is the reverse of encoding, except for what starts like a cookie or a byte order mark."""
    if "coding" not in text and not text.startswith("\ufeff"):
        assert text == decode(text.encode())


# -- cached code --------------------------------------------------------------------------------------------------
def test_a_pyc_tells_whether_it_was_made_from_a_source(project: Project) -> None:
    """By mtime in seconds and size; None where there is no such file."""
    project({"m.py": "x = 1\n"})
    path = str(project.path("m.py"))

    assert cached_agrees(read(path)) is None
    py_compile.compile(path)
    assert cached_agrees(read(path)) is True
    code = cached_code(path, read(path).stamp)
    assert code is not None
    assert ("x",) == code.co_names
    project.edit("m.py", "x = 2\n")
    assert cached_agrees(read(path)) is False
    assert cached_code(path, read(path).stamp) is None
    assert cached_code(path) is not None


@pytest.mark.parametrize(("text", "mistaken"), [("x = 2\n", True), ("x = 22\n", False)])
def test_a_pyc_that_would_be_mistaken_for_the_new_text_is_removed(
    sources: Sources, project: Project, text: str, mistaken: bool
) -> None:
    """A second save in the same second, of the same size, looks to Python like the text of its `.pyc`."""
    path = project.path("m.py")
    cached = Path(py_compile.compile(str(path), doraise=True))
    stamp = path.stat()
    path.write_text(text)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    assert ["m"] == sources.changed()
    assert cached.exists() is not mistaken


def test_a_damaged_pyc_is_none(project: Project) -> None:
    """Whatever stands in a `.pyc`, nothing is raised."""
    project({"m.py": "x = 1\n"})
    path = str(project.path("m.py"))
    cached = Path(py_compile.compile(path) or "")
    cached.write_bytes(cached.read_bytes()[:20])

    assert cached_code(path) is None
    cached.write_bytes(b"")
    assert cached_agrees(read(path)) is None


# -- third-party modules ------------------------------------------------------------------------------------------
@pytest.fixture
def others(project: Project) -> Sources:
    """Sources that follow m.py as a module of a third party, with a `.pyc`."""
    project({"m.py": "x = 1\n"})
    py_compile.compile(str(project.path("m.py")))
    followed = Sources()
    followed.others["m"] = str(project.path("m.py"))
    followed.changed_others_now()
    return followed


def test_an_edit_of_a_third_partys_module_is_noticed_when_asked_to_wait(others: Sources, project: Project) -> None:
    """A look at once sees everything."""
    project.edit("m.py", "x = 2\n")

    assert ["m"] == others.changed_others_now()
    assert b"x = 2\n" == others.pending_data("m")
    assert [] == others.changed()
    others.accept("m")
    assert [] == others.changed_others_now()


def test_a_third_partys_module_that_was_touched_has_not_changed(others: Sources, project: Project) -> None:
    """Without the old text, the `.pyc` says whether the new one means the same."""
    project.touch("m.py")

    assert [] == others.changed_others_now()
    project.edit("m.py", "x = 2\n")
    assert ["m"] == others.changed_others_now()


def test_a_third_partys_edit_is_found_by_a_thread_that_ends(others: Sources, project: Project) -> None:
    """The cell does not wait: a later one is told, and no thread stays."""
    project.edit("m.py", "x = 2\n")

    assert [] == others.changed_others()
    thread = others._third._thread
    assert thread is not None
    thread.join()
    assert ["m"] == others.changed_others()
    assert thread not in threading.enumerate()


def test_a_look_by_the_thread_is_not_repeated_at_once(others: Sources) -> None:
    """At most one look in two seconds."""
    others.changed_others()
    first = others._third._thread
    assert first is not None
    first.join()
    others.changed_others()

    assert first is others._third._thread


def test_without_third_party_modules_there_is_no_thread(sources: Sources) -> None:
    """Nothing to look at, nothing to start."""
    assert [] == sources.changed_others()
    assert sources._third._thread is None


def test_an_edit_between_import_and_first_look_is_noticed(project: Project) -> None:
    """If the file is young, its `.pyc` says what was imported."""
    project({"m.py": "x = 1\n"})
    path = project.path("m.py")
    py_compile.compile(str(path))
    project.edit("m.py", "x = 2 + 3\n")
    now = time.time()
    os.utime(path, (now, now))
    sources = Sources()
    sources.others["m"] = str(path)

    assert ["m"] == sources.changed_others_now()
