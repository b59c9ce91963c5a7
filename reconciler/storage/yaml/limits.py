"""What one file may hold: a manifest is written by whoever may open a pull request."""

from __future__ import annotations

FILE_BYTES = 32 * 1024 * 1024
DEPTH = 50
SCALAR_CHARACTERS = 64 * 1024
KEY_CHARACTERS = 1024
NODES = 3_000_000
"""Scalars, lists and mappings, with those that aliases repeat: 32 MiB of ordinary users are 2.6 million."""
ALIASES = 1_000
ALIASED_NODES = 100_000
"""How many nodes the aliases of a file may repeat together."""
FAULTS = 100
"""After so many in one file reading it ends."""
