"""Have Python tell when certain functions start, and only these: `sys.monitoring`, under a tool number of our own.

It must never take a number that somebody else has, nor switch events on for all code.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any, Final

from .records import CodeRef, ModuleRecord
from .surveying import nested_codes

TOOLS: Final = (4, 3)
"""The tool numbers that Python leaves to nobody in particular."""
PACKAGE: Final = __name__.partition(".")[0]

_monitoring: Final[Any] = getattr(sys, "monitoring", None)
DISABLE: Final[Any] = getattr(_monitoring, "DISABLE", None)
"""What a callback returns that is not to be called for this code again."""


class Monitoring:
    """The functions whose starts are told now."""

    def __init__(self) -> None:
        self.tool: int | None = None  #: our number, while we have one
        self._enabled: list[CodeRef] = []

    def claim(self, started: Callable[[CodeType, int], Any]) -> bool:
        """Have a tool number, which is kept: giving it back makes Python look at all code again.

        `started` is called with each function's code that starts.
        """
        if self.tool is not None:
            return True
        for tool in TOOLS:
            if _monitoring.get_tool(tool) is None:
                try:
                    _monitoring.use_tool_id(tool, PACKAGE)
                except ValueError:  # another thread was faster
                    continue
                _monitoring.register_callback(tool, _monitoring.events.PY_START, started)
                self.tool = tool
                return True
        return False

    def _switch(self) -> tuple[Callable[[int, CodeType, int], None], int, int]:
        """What switches an event on, for whom, and which."""
        return _monitoring.set_local_events, self.tool or 0, _monitoring.events.PY_START

    def enable(self, codes: Iterable[CodeType]) -> None:
        """Have the starts of these functions told."""
        set_events, tool, event = self._switch()
        for code in codes:
            self._enabled.append(weakref.ref(code))
            set_events(tool, code, event)

    def enable_all(self, record: ModuleRecord) -> None:
        """Have the starts of a module's functions told, inner ones too."""
        enabled, set_events, tool, event = self._enabled, *self._switch()
        for ref in record.codes:
            code = ref()
            if code is not None:
                enabled.append(ref)
                set_events(tool, code, event)
                if CodeType in map(type, code.co_consts):
                    self.enable(nested_codes(code))
        for refs in record.ran.values():
            for ref in refs:  # what made a closure may be gone, and with it the way to its code
                code = ref()
                if code is not None and "<locals>" in code.co_qualname:
                    enabled.append(ref)
                    set_events(tool, code, event)

    def enable_again(self, refs: Iterable[CodeRef]) -> None:
        """Have the starts of functions told for which the callback has returned `DISABLE`."""
        set_events, tool, event = self._switch()
        for ref in refs:
            if (code := ref()) is not None:
                set_events(tool, code, 0)
                set_events(tool, code, event)

    def disable_all(self) -> None:
        """Have nothing told any more; the number stays ours."""
        if self._enabled:
            set_events, tool, _ = self._switch()
            for ref in self._enabled:
                if (code := ref()) is not None:
                    set_events(tool, code, 0)
        self._enabled.clear()

    def forget(self) -> None:
        """Somebody has taken the number away: nothing can be switched off under it."""
        self._enabled.clear()
        self.tool = None

    def close(self) -> None:
        """Give the number back, if it is still ours."""
        if self.tool is not None:
            if _monitoring.get_tool(self.tool) == PACKAGE:
                _monitoring.register_callback(self.tool, _monitoring.events.PY_START, None)
                _monitoring.free_tool_id(self.tool)
            self.tool = None
