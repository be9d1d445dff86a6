"""Which modules are followed."""

from __future__ import annotations

import pytest

from autoreload_hooks.selection import Mode, Selection

ALL = Mode.ALL
EXPLICIT = Mode.EXPLICIT


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("0", Mode.OFF),
        ("off", Mode.OFF),
        ("OFF", Mode.OFF),
        ("1", Mode.EXPLICIT),
        ("explicit", Mode.EXPLICIT),
        ("2", Mode.ALL),
        (" All ", Mode.ALL),
        ("3", Mode.COMPLETE),
        ("complete", Mode.COMPLETE),
    ],
)
def test_a_mode_has_a_word_and_a_number(word: str, mode: Mode) -> None:
    """Either is understood, in any case."""
    assert Mode.parse(word) is mode


@pytest.mark.parametrize("word", ["4", "-1", "", "now", "al", "2-", "Mode.ALL"])
def test_anything_else_is_no_mode(word: str) -> None:
    """The error says what was given and what there is."""
    with pytest.raises(ValueError, match="explicit") as caught:
        Mode.parse(word)

    assert f'"{word}"' in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "tagged", "skipped", "name", "selected"),
    [
        # without a word of the user the mode decides
        (Mode.OFF, [], [], "a", False),
        (Mode.EXPLICIT, [], [], "a", False),
        (Mode.ALL, [], [], "a", True),
        (Mode.COMPLETE, [], [], "a", True),
        # a name counts for itself
        (Mode.OFF, ["a"], [], "a", False),
        (EXPLICIT, ["a"], [], "a", True),
        (EXPLICIT, ["a"], [], "ab", False),
        (ALL, [], ["a"], "a", False),
        (ALL, [], ["a"], "ab", True),
        # and for all below it, but not for what is above
        (EXPLICIT, ["pkg"], [], "pkg.sub.deep", True),
        (EXPLICIT, ["pkg.sub"], [], "pkg", False),
        (ALL, [], ["pkg"], "pkg.sub.deep", False),
        (ALL, [], ["pkg.sub"], "pkg", True),
        # the most precise name wins
        (EXPLICIT, ["pkg"], ["pkg.sub"], "pkg.sub.deep", False),
        (EXPLICIT, ["pkg"], ["pkg.sub"], "pkg.other", True),
        (ALL, ["pkg.sub"], ["pkg"], "pkg.sub.deep", True),
        (ALL, ["pkg.sub"], ["pkg"], "pkg.other", False),
        # globs
        (EXPLICIT, ["pkg*"], [], "pkg_tools", True),
        (EXPLICIT, ["pkg*"], [], "pkg.sub", True),
        (EXPLICIT, ["pkg*"], [], "my.pkg", False),
        (EXPLICIT, ["*_test"], [], "a_test.sub", True),
        (ALL, [], ["*_test"], "a_test", False),
        (ALL, [], ["?b"], "ab", False),
        (ALL, [], ["[xy]b"], "ab", True),
        (ALL, ["pkg.sub"], ["pkg*"], "pkg.sub.deep", True),
        (ALL, ["pkg"], ["pkg.*"], "pkg", True),
        (ALL, ["pkg"], ["pkg.*"], "pkg.sub", False),
        # as precise: a name before a glob, an exclusion before a tag
        (ALL, ["pkg"], ["pkg*"], "pkg.sub", True),
        (ALL, ["*a"], ["a*"], "a", False),
    ],
)
def test_the_mode_and_the_most_precise_name_decide(
    mode: Mode, tagged: list[str], skipped: list[str], name: str, selected: bool
) -> None:
    """A package stands for what is below it; who names a module more precisely means it."""
    assert Selection(mode, tagged=tagged, skipped=skipped).selects(name) is selected


@pytest.mark.parametrize("mode", Mode)
def test_on_demand_all_that_is_not_excluded_is_reloaded(mode: Mode) -> None:
    """`%autoreload now` asks for everything in every mode."""
    selection = Selection(mode, tagged=["a"], skipped=["b"])

    assert [selection.allows(name) for name in ("a", "b", "b.sub", "c")] == [True, False, False, True]


def test_the_last_word_on_a_name_counts() -> None:
    """A tag takes an exclusion of the same name back, and the other way round."""
    selection = Selection(EXPLICIT)

    selection.tag("a", "b")
    selection.skip("a")
    selection.skip("c")
    selection.tag("c")

    assert (selection.tagged, selection.skipped) == ({"b", "c"}, {"a"})


def test_forgotten_names_are_neither_followed_nor_excluded() -> None:
    """Forgetting is not excluding."""
    selection = Selection(tagged=["a"], skipped=["b"])

    selection.forget("a", "b", "c")

    assert (selection.tagged, selection.skipped) == (frozenset(), frozenset())


def test_an_answer_is_not_kept_beyond_a_change() -> None:
    """The mode and the names may change at any time."""
    selection = Selection(ALL)
    answers = [selection.selects("a")]

    selection.skip("a")
    answers.append(selection.selects("a"))
    selection.tag("a")
    answers.append(selection.selects("a"))
    selection.mode = Mode.OFF
    answers.append(selection.selects("a"))
    selection.mode = EXPLICIT
    answers.append(selection.selects("a"))
    selection.forget("a")
    answers.append(selection.selects("a"))

    assert answers == [True, False, True, False, True, False]
