"""Files that are watched are not looked at, and no edit is missed for it."""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import NoReturn

import pytest
from helpers import Project, Shell

from autoreload_hooks.compat.inotify import Inotify, is_local
from autoreload_hooks.sources import Source, Sources, read
from autoreload_hooks.sources.watching import Watching, is_installed


def can_watch(folder: Path) -> bool:
    """Does the system tell what happens in a folder?"""
    try:
        Inotify().close()
    except OSError:
        return False
    return is_local(str(folder))


@pytest.fixture
def watched(project: Project) -> Sources:
    """Sources that watch m.py (`x = 1`) and pkg/n.py (`y = 1`) of the project, as the modules m and n."""
    if not can_watch(project.root):
        pytest.skip("this system, or this file system, does not tell what happens to files")
    project({"m.py": "x = 1\n", "pkg": {"n.py": "y = 1\n"}})
    return watching(project, m="m.py", n="pkg/n.py")


def watching(project: Project, **files: str) -> Sources:
    """Sources that follow files of the project as modules, and have begun to watch them."""
    sources = Sources()
    sources.watching.wanted = True
    for name, path in files.items():
        sources.watch(name, read(str(project.path(path))))
    settle(sources)
    return sources


def settle(sources: Sources) -> None:
    """Two looks that find nothing: the first lists the files, the second has them watched; all are old then."""
    for _ in range(2):
        assert [] == sources.changed()
    sources._racy.clear()


def descriptors() -> set[str]:
    """What the process has open to be told of files."""
    folder = Path("/proc/self/fd")
    return {each.name for each in folder.iterdir() if each.is_symlink() and "inotify" in os.readlink(each)}


def test_an_idle_look_asks_for_no_stamp(watched: Sources, project: Project) -> None:
    """As long as nothing was told, no file is looked at: wrong stamps are not found to be wrong."""
    watched._listed.stamps = [None, None]

    assert watched._covered
    assert [] == list(watched._suspects())


@pytest.mark.parametrize("how", ["write", "replace", "older", "same-mtime"])
def test_an_edit_is_noticed_however_it_is_saved(watched: Sources, project: Project, how: str) -> None:
    """In place or by a new file, whatever its stamp says."""
    project.edit("pkg/n.py", "y = 2\n", how=how)  # type: ignore[arg-type]

    assert ["n"] == watched.changed()


def test_no_edit_is_missed_right_after_it_was_saved(watched: Sources, project: Project) -> None:
    """Thousands of saves, each looked for at once, in place and by replacement in turn."""
    missed = []
    for count in range(3000):
        name, path = [("m", project.path("m.py")), ("n", project.path("pkg/n.py"))][count % 2]
        text = f"x = {count:05}.5\n"
        if count % 10:
            with path.open("r+") as file:  # no new file: some file systems wait for the disk then
                file.write(text)
        else:
            beside = path.with_suffix(".new")
            beside.write_text(text)
            beside.replace(path)
        if watched.changed() != [name]:
            missed.append(count)
        watched.accept(name)
        watched._racy.clear()

    assert [] == missed
    assert watched._covered


def test_saves_of_another_process_are_seen_when_it_says_so(watched: Sources, project: Project) -> None:
    """Whoever writes: what had been written before the look is known."""
    writer = """
        import sys
        for line in sys.stdin:
            with open(sys.argv[1], "w") as file:
                file.write(line)
            print("saved", flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(writer), str(project.path("m.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        for count in range(300):
            process.stdin.write(f"x = {count}.5\n")
            process.stdin.flush()
            process.stdout.readline()
            assert ["m"] == watched.changed()
            watched.accept("m")
            watched._racy.clear()
        process.stdin.close()


def test_an_edit_that_is_taken_back_is_none(watched: Sources, project: Project) -> None:
    """That a file was touched is no edit: its content decides."""
    project.edit("m.py", "x = 2\n")
    assert ["m"] == watched.changed()
    project.edit("m.py", "x = 1\n")

    assert [] == watched.changed()


def test_a_module_that_comes_later_is_watched_too(watched: Sources, project: Project) -> None:
    """In a folder that is watched or in a new one; an edit between its import and the next look counts."""
    project({"late.py": "z = 1\n", "new": {"later.py": "z = 1\n"}})
    for name, path in (("late", "late.py"), ("later", "new/later.py")):
        watched.watch(name, read(str(project.path(path))))
        watched._racy.clear()
    project.edit("late.py", "z = 2\n")

    assert ["late"] == watched.changed()
    watched.accept("late")
    settle(watched)
    assert watched._covered
    project.edit("new/later.py", "z = 2\n")
    assert ["later"] == watched.changed()


def test_a_source_that_is_known_anew_is_compared_once_more(watched: Sources, project: Project) -> None:
    """What was told of a file may have been told before the module ran again, on an older text."""
    before = read(str(project.path("m.py")))
    project.edit("m.py", "x = 2\n")
    assert ["m"] == watched.changed()
    watched.watch("m", before)

    assert ["m"] == watched.changed()


def test_a_file_that_goes_and_comes_back_is_watched_again(watched: Sources, project: Project) -> None:
    """A deleted file is told; when it is there again, edits are noticed, again and again."""
    for count in range(3):
        project.delete("pkg/n.py")
        assert [] == watched.changed()
        assert ["n"] == watched.deleted()
        project.write("pkg/n.py", f"y = {count}.5\n")
        assert ["n"] == watched.changed()
        watched.accept("n")
        settle(watched)
        project.edit("pkg/n.py", f"y = {count}.7\n")
        assert ["n"] == watched.changed()
        watched.accept("n")
        settle(watched)


@pytest.mark.parametrize("held", [False, True])
def test_a_folder_that_is_made_anew_is_watched_again(watched: Sources, project: Project, held: bool) -> None:
    """All files deleted, the folder too, and another one at its place, even if somebody still holds the old one."""
    holding = os.open(project.path("pkg"), os.O_RDONLY) if held else None
    for count in range(3):
        project.delete("pkg")
        if count % 2:
            assert [] == watched.changed()
        project.write("pkg/n.py", f"y = {count}.5\n")
        assert ["n"] == watched.changed()
        watched.accept("n")
        settle(watched)
        project.edit("pkg/n.py", f"y = {count}.7\n")
        assert ["n"] == watched.changed()
        watched.accept("n")
        settle(watched)
    if holding is not None:
        os.close(holding)


@pytest.mark.parametrize("above", [False, True])
def test_a_folder_that_is_moved_away_and_replaced_is_noticed(project: Project, above: bool) -> None:
    """The folder of the file, or one above it; what is edited at the new place counts."""
    if not can_watch(project.root):
        pytest.skip("this system, or this file system, does not tell what happens to files")
    project({"a": {"b": {"n.py": "y = 1\n"}}, "other": {"n.py": "y = 2\n", "b": {"n.py": "y = 2\n"}}})
    sources = watching(project, n="a/b/n.py")
    place = project.path("a" if above else "a/b")
    place.rename(project.path("gone"))
    project.path("other").rename(place)

    assert ["n"] == sources.changed()
    sources.accept("n")
    settle(sources)
    project.edit("a/b/n.py", "y = 3\n")
    assert ["n"] == sources.changed()


@pytest.mark.parametrize("link", ["m.py", "linked"])
def test_a_link_is_watched_at_both_ends(project: Project, link: str) -> None:
    """An edit of what a link leads to counts, and so does the link when it leads elsewhere: of a file or a folder."""
    if not can_watch(project.root):
        pytest.skip("this system, or this file system, does not tell what happens to files")
    project({"one": {"m.py": "x = 1\n"}, "two": {"m.py": "x = 2\n"}})
    suffix = "/m.py" if link == "m.py" else ""
    place = project.path(link)
    place.symlink_to(project.path("one" + suffix))
    sources = watching(project, m="m.py" if suffix else "linked/m.py")

    project.edit("one/m.py", "x = 3\n")
    assert ["m"] == sources.changed()
    sources.accept("m")
    settle(sources)
    beside = project.path("beside")
    beside.symlink_to(project.path("two" + suffix))
    beside.replace(place)
    assert ["m"] == sources.changed()
    sources.accept("m")
    settle(sources)
    project.edit("two/m.py", "x = 4\n")
    assert ["m"] == sources.changed()
    sources.accept("m")
    settle(sources)
    place.unlink()
    place.symlink_to(project.path("one" + suffix))
    assert ["m"] == sources.changed()


def test_a_hard_link_is_compared_by_stamps(project: Project) -> None:
    """What is written by the other name of a file is not told, so such a file is looked at."""
    if not can_watch(project.root):
        pytest.skip("this system, or this file system, does not tell what happens to files")
    project({"m.py": "x = 1\n", "elsewhere": {"readme": ""}})
    os.link(project.path("m.py"), project.path("elsewhere/m.py"))
    sources = watching(project, m="m.py")
    project.path("elsewhere/m.py").write_text("x = 2\n")

    assert ["m"] == sources.changed()


def test_what_is_silent_is_found_by_a_chore(watched: Sources, project: Project) -> None:
    """A link made later is such a case: all stamps are compared now and then while nobody waits."""
    os.link(project.path("m.py"), project.root.parent / "again.py")
    watched.changed()
    watched._covered = True
    watched.watching.files[str(project.path("m.py"))] = True
    watched._unwatched = watched._listed.of(())
    (project.root.parent / "again.py").write_text("x = 2\n")
    watched._glance()

    assert ["m"] == watched.changed()


def test_too_many_events_lead_to_a_look_at_all(watched: Sources, project: Project) -> None:
    """More than the system keeps or one look can take: nothing is missed, and watching goes on."""
    noise = [project.path("one"), project.path("two")]
    for _ in range(10_000):
        for path in noise:
            path.touch()
    project.edit("m.py", "x = 2\n")

    assert ["m"] == watched.changed()
    assert not watched._covered
    watched.accept("m")
    settle(watched)
    assert watched._covered


def test_a_look_that_was_interrupted_is_made_up_for(
    watched: Sources, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told is not told again, so after an interrupt all stamps are compared."""
    project.edit("m.py", "x = 2\n")
    with monkeypatch.context() as patch:
        patch.setattr(watched, "_known", Interrupting(watched._known))
        with pytest.raises(KeyboardInterrupt):
            watched.changed()

    assert ["m"] == watched.changed()


class Interrupting(dict[str, Source]):
    """Somebody presses Ctrl-C when it is asked."""

    def get(self, *_: object) -> NoReturn:  # type: ignore[override]
        """Interrupt."""
        raise KeyboardInterrupt


def test_events_of_other_files_are_no_edits(watched: Sources, project: Project) -> None:
    """Data that cells write beside the modules leads to no look at them."""
    for count in range(100):
        project.path(f"data{count}").write_text("1")

    assert [] == list(watched._suspects())
    assert watched._covered


LIMITED = """
    import os, resource
    from autoreload_hooks.sources import Sources, read

    path = {path!r}
    sources = Sources()
    sources.watching.wanted = True
    sources.watch("m", read(path))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))  # no descriptor beyond the standard ones
    found = [sources.changed() for _ in range(3)]
    usable = sources.watching.usable
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with open(path, "w") as file:
        file.write("x = 2.5")
    print(found, usable, sources.changed())
"""


def test_without_a_queue_stamps_are_compared(project: Project) -> None:
    """Where the system has no more to give, everything is as it is without watching."""
    pytest.importorskip("resource")
    path = project({"m.py": "x = 1\n"}).path("m.py")
    os.utime(path, (10**9, 10**9))
    code = textwrap.dedent(LIMITED.format(path=str(path)))
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[[], [], []] False ['m']" == shown.stdout.strip()


def test_a_folder_that_cannot_be_watched_is_compared_by_stamps(watched: Sources, project: Project) -> None:
    """Of all files, those on a file system that is not known to tell are looked at."""
    path = "/proc/self/status"
    if not os.path.exists(path):
        pytest.skip("there is no such file system")
    watching = Watching()
    watching.wanted = True
    watching.follow([path, str(project.path("m.py"))])

    assert {path} == watching.unwatched()
    watching.reset()


def test_a_relative_path_is_not_watched(watched: Sources, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It means another file when the folder of the process changes."""
    monkeypatch.chdir(project.root)
    watched.watching.follow(["m.py"])

    assert {"m.py"} == watched.watching.unwatched()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_takes_no_event_from_its_parent(watched: Sources, project: Project) -> None:
    """A forked child compares stamps; the parent is told of everything."""
    project.edit("m.py", "x = 2\n")
    child = os.fork()
    if not child:
        ok = watched.changed() == ["m"] and watched.changed() == ["m"] and not watched.watching.usable
        os._exit(0 if ok else 1)

    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ["m"] == watched.changed()
    assert watched._covered or watched.watching.usable


def test_turned_off_nothing_is_open(watched: Sources, project: Project) -> None:
    """The setting takes effect at once, both ways."""
    before = len(descriptors())
    watched.watching.wanted = False
    project.edit("m.py", "x = 2\n")

    assert ["m"] == watched.changed()
    assert before - 1 == len(descriptors())
    watched.accept("m")
    watched.watching.wanted = True
    settle(watched)
    assert watched._covered
    assert before == len(descriptors())


def test_it_is_used_if_the_extra_is_installed() -> None:
    """Without the library that the extra asks for, nothing is watched unless that is wished for."""
    assert (importlib.util.find_spec("watchfiles") is not None) == is_installed() == Watching().usable


def test_unloading_the_extension_leaves_nothing(watched: Sources, shell: Shell, project: Project) -> None:
    """No thread, no descriptor, no file; meanwhile edits are live."""
    gc.collect()  # what earlier tests have left
    before, threads = descriptors(), set(threading.enumerate())
    sys.dont_write_bytecode = True
    files = set(project.root.rglob("*"))
    shell.ip.config.AutoreloadHooks.watch = True
    shell.load()
    shell.cell("import m")
    for _ in range(3):
        shell.cell("pass")
    assert 1 == len(descriptors() - before)
    project.edit("m.py", "x = 2\n")
    assert 2 == shell.value("m.x")
    shell.unload()

    assert before == descriptors()
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
    assert set() == set(threading.enumerate()) - threads
    assert files == set(project.root.rglob("*"))
