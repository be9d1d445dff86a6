"""Whose code a file is: the user's, or that of an installed package or of Python itself.

It must never look at the file: the name of its folder decides.
"""

from __future__ import annotations

import os
import site
import sysconfig
from typing import Final

INSTALLED: Final = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
"""What the path of an installed package's file has in it, in any environment."""


class Ownership:
    """Answers whose a file is, and remembers the answer for its folder."""

    def __init__(self) -> None:
        self.folders: dict[str, bool] = {}  #: folder -> whether its files are the user's; for those in a hurry
        self._roots = installed_roots()

    def is_mine(self, path: str) -> bool:
        """Is this a file of the user: not of the standard library, nor of an installed package?

        What an editable install points to is the user's.
        """
        folder = path.rpartition(os.sep)[0]
        mine = self.folders.get(folder)
        if mine is None:
            mine = self.folders[folder] = self._is_users(folder)
        return mine

    def _is_users(self, folder: str) -> bool:
        if (folder + os.sep).startswith(self._roots):
            return False
        folder = os.path.normcase(os.path.abspath(folder)) + os.sep
        return not folder.startswith(self._roots) and not any(name in folder for name in INSTALLED)


def installed_roots() -> tuple[str, ...]:
    """Return the folders of the standard library, of installed packages and of this package, with a separator."""
    paths = sysconfig.get_paths()
    folders = {paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib") if kind in paths}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    folders.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folders |= {os.path.realpath(folder) for folder in folders}
    return tuple(os.path.normcase(folder).rstrip(os.sep) + os.sep for folder in folders if folder)
