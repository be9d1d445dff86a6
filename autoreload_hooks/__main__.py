"""`python3 -m autoreload_hooks` is IPython with the extension on; with `demo` behind it, it shows what that does.

It must never do what a user could not do in the shell.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

USAGE = """\
usage: python3 -m autoreload_hooks [demo | IPython's own arguments]

  (nothing)   IPython with `%load_ext autoreload_hooks` and `%autoreload 2` done
  demo        edits files of a small project while a real IPython shell uses it, and shows what the shell sees;
              the exit code is 1 when something is not as promised
"""


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for and return the exit code."""
    if arguments and arguments[0] in {"-h", "--help"}:
        sys.stdout.write(USAGE)
        return 0
    if arguments and arguments[0] == "demo":
        from .demo import play

        return int(play() > 0)
    start_ipython(arguments)
    return 0


def start_ipython(arguments: Sequence[str]) -> None:
    """Run IPython in the terminal with the extension loaded and every edit followed."""
    from IPython.terminal.ipapp import TerminalIPythonApp

    app: Any = TerminalIPythonApp.instance()
    app.initialize(list(arguments))
    # By hand rather than by configuration, where a list in the user's profile would replace ours.
    app.shell.run_line_magic("load_ext", "autoreload_hooks")
    app.shell.run_line_magic("autoreload", "2")
    app.start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
