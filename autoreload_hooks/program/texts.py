"""In which of the user's modules something is found: asked again only of those whose text is another.

It must never keep an answer that goes by anything but a module's text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import is_

from .modules import LiveModule


@dataclass(slots=True)
class _Answers:
    """What was found out of each of some modules, by the texts that they had then."""

    lives: list[LiveModule]
    texts: list[object]
    answers: list[bool]
    found: list[LiveModule]


class Texts:
    """What was found out about the texts of all modules of the user, of which an edit changes a few."""

    def __init__(self, mine: Callable[[], list[LiveModule]]) -> None:
        self._mine = mine
        self._known: dict[str, _Answers] = {}

    def having(self, what: str, test: Callable[[LiveModule], bool]) -> list[LiveModule]:
        """The modules that pass a test, which has a name; it goes by their texts alone."""
        lives = self._mine()
        texts: list[object] = [live.record.source for live in lives]
        known = self._known.get(what)
        if known is None or known.lives is not lives:
            answers = list(map(test, lives))
        elif all(map(is_, texts, known.texts)):
            return known.found
        else:
            pairs = zip(lives, texts, known.texts, known.answers, strict=True)
            answers = [answer if text is before else test(live) for live, text, before, answer in pairs]
        found = [live for live, answer in zip(lives, answers, strict=True) if answer]
        self._known[what] = _Answers(lives, texts, answers, found)
        return found
