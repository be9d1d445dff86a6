"""What the `.pyc` of a source file says: which text it was made from, and the code that came of it.

It must never raise for what stands in such a file, nor write one.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
from contextlib import suppress
from types import CodeType

from autoreload_hooks.compat.silence import warnings_are

from .text import Source, Stamp


def pyc_header(stamp: Stamp) -> bytes:
    """What a `.pyc` says of the source it was made from: mtime in seconds, and size.

    https://github.com/python/cpython/blob/3.13/Lib/importlib/_bootstrap_external.py (_code_to_timestamp_pyc)
    """
    mtime, _, size, _ = stamp
    return (mtime // 1_000_000_000 & 0xFFFFFFFF | (size & 0xFFFFFFFF) << 32).to_bytes(8, "little")


def cached_header(path: str) -> bytes | None:
    """Return what the `.pyc` of a source file says of its source, as `pyc_header` puts it."""
    content = _cached(path, 16)
    return content[8:16] if content is not None else None


def cached_code(path: str, stamp: Stamp | None = None) -> CodeType | None:
    """Return the code in the `.pyc` of a source file, made from the source that had this stamp if one is given."""
    content = _cached(path)
    if content is None or (stamp is not None and content[8:16] != pyc_header(stamp)):
        return None
    try:
        code = marshal.loads(memoryview(content)[16:])
    except (EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def cached_agrees(source: Source) -> bool | None:
    """Was the `.pyc` of a source file made from this very source? None if there is no such file."""
    header = cached_header(source.path)
    return None if header is None or source.stamp is None else header == pyc_header(source.stamp)


def discard_mistaken(source: Source, before: Source) -> None:
    """Remove a `.pyc` that was made from the text before an edit and would be taken for the text that stands there now.

    Two saves within a second that leave the same size look alike to Python, in this process and in the next.
    """
    if source.stamp is None or before.stamp is None or before.path != source.path:
        return
    if cached_header(source.path) == pyc_header(before.stamp) == pyc_header(source.stamp):
        with suppress(OSError):
            os.remove(importlib.util.cache_from_source(source.path))


def means_the_same(source: Source, before: Stamp) -> bool:
    """Does a source compile to what the `.pyc` of its file had when its stamp was `before`? False if unknown."""
    old = cached_code(source.path, before)
    if old is None:
        return False
    return compiled(source) == old


def compiled(source: Source) -> CodeType | None:
    """Compile a source as an import would, but without a word: what it warns of was said when it was imported."""
    with warnings_are("ignore"):
        try:
            return compile(source.data, source.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):  # null bytes are a ValueError before 3.12
            return None


def code_of(source: Source) -> CodeType | None:
    """What a source compiles to: from its `.pyc` if that was made from this very source; None where it is wrong."""
    cached = cached_code(source.path, source.stamp) if source.stamp is not None else None
    return cached or compiled(source)


def _cached(path: str, size: int = -1) -> bytes | None:
    """The beginning of the `.pyc` that belongs to a source file, if it is of the usual kind and of this Python."""
    try:
        with open(importlib.util.cache_from_source(path), "rb") as file:
            content = file.read(size)
    except (OSError, NotImplementedError):
        return None
    return content if content[:8] == importlib.util.MAGIC_NUMBER + bytes(4) else None
