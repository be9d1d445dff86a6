"""What a reload did, refused or failed to do, as data, and how that reads.

It must never write anywhere: who shows a text, and where, is decided at the edge.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from traceback import FrameSummary, StackSummary, TracebackException
from typing import Final, NamedTuple

PACKAGE: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
MACHINERY: Final = ("<frozen importlib", os.sep + os.path.join("importlib", "__init__.py"))
STANDARD: Final = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
FRAMELESS: Final = (SyntaxError, ValueError, OSError, RecursionError, MemoryError)
"""What reading and compiling a file may raise: the error says it all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An edit that could not be followed: nothing has been changed. Two failures are equal if they read the same."""

    module: str  #: the name of the module whose new source failed
    error: BaseException = field(compare=False)  #: what was raised, without the frames that it went through
    text: str  #: the traceback as text: only the user's frames, each with file and line
    began: tuple[str, ...] = ()  #: the modules of which some lines had begun to run
    because: tuple[str, ...] = ()  #: the files that were edited, where that of the module itself was not

    @classmethod
    def of(
        cls,
        module: str,
        error: BaseException,
        *,
        path: str | None = None,
        began: Iterable[str] = (),
        because: Iterable[str] = (),
    ) -> Failure:
        """Describe what a module's new source raised; `path` is named where the error itself names no file.

        The frames of the traceback are let go, for they hold whatever the failed attempt has made.
        """
        text = traceback_text(error)
        if path is not None and 'File "' not in text:
            text = f'  File "{path}"\n{text}'
        _release_frames(error)
        return cls(module, error, text, tuple(began), tuple(because))


class Note(NamedTuple):
    """Something that could not follow an edit, though the edit as a whole succeeded."""

    slug: str  #: which kind of thing it is: the heading in docs/messages.md that explains it
    message: str  #: who holds it, why it could not follow and what the user can do
    subject: str  #: which object: "module.name"


class Report(NamedTuple):
    """What one check did."""

    reloaded: tuple[str, ...] = ()  #: the names of the modules whose edits are now live
    failures: tuple[Failure, ...] = ()  #: the edits that failed and are to be told
    notes: tuple[Note, ...] = ()  #: what could not follow
    events: tuple[str, ...] = ()  #: the steps in their order: "swap m:f", "run m:3 LIMIT", "rebind u.LIMIT"


def failure_text(failure: Failure) -> str:
    """How a failure is told: `[autoreload of NAME failed: ...]`, in the words that IPython's users know."""
    lines = [f"[autoreload of {failure.module} failed: {failure.text.rstrip()}"]
    if failure.because:
        lines.append(f"Lines of it run again because of the edit of {', '.join(failure.because)}.")
    lines.append("Nothing was changed: the version before this edit still runs, until the file is mended.")
    if failure.began:
        began = ", ".join(failure.began)
        lines.append(f"Lines of {began} had begun to run: what they did beyond the objects that they name stays done.")
    return "\n".join(lines) + "]"


def note_text(note: Note) -> str:
    """How a note is told; its slug can be looked up in docs/messages.md."""
    return f"[autoreload] {note.subject}: {note.message} ({note.slug})"


def reloaded_text(name: str) -> str:
    """How a reload is told to those who asked for it."""
    return f"Reloading '{name}'."


def traceback_text(error: BaseException) -> str:
    """The traceback of an error and of its causes, without the frames of this package and of the import system."""
    told = TracebackException.from_exception(error, compact=True)
    whole = told.stack
    for part in _chain(told):
        part.stack = StackSummary.from_list(_user_frames(part.stack))
    if not told.stack and isinstance(error, FRAMELESS) and told.exceptions is None:
        return "".join(told.format_exception_only())
    if not told.stack:  # none of the user's code is in it: somebody will have to find out why
        told.stack = whole
    return "".join(told.format())


def _user_frames(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """All frames but those of this package, of the import system, and of what these call in the standard library."""
    kept: list[FrameSummary] = []
    within = False
    for frame in frames:
        if frame.filename.startswith((PACKAGE, MACHINERY[0])) or frame.filename.endswith(MACHINERY[1]):
            within = True
        elif not within or not _is_standard(frame.filename):
            within = False
            kept.append(frame)
    return kept


def _is_standard(filename: str) -> bool:
    return filename.startswith(STANDARD) and INSTALLED.isdisjoint(filename.split(os.sep))


def _chain(told: TracebackException) -> Iterator[TracebackException]:
    """A told error, what it was raised from, and the members of groups."""
    pending: list[TracebackException | None] = [told]
    while pending:
        part = pending.pop()
        if part is not None:
            yield part
            pending += [part.__cause__, part.__context__, *(part.exceptions or ())]


def _release_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error and of everything that it was raised from."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        part = pending.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.__traceback__ = None
        pending += [part.__cause__, part.__context__]
        if isinstance(part, BaseExceptionGroup):
            pending += part.exceptions
