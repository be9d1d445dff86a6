"""Prints the page of kinds, for `docs/kinds.md`.

It must never do anything else.
"""

import sys

from autoreload_hooks.patching.table import kinds_page

sys.stdout.write(kinds_page())
