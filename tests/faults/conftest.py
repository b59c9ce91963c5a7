"""No secret is given away by the runs of these tests."""

from __future__ import annotations

from secrecy import pytest_runtest_call, pytest_runtest_setup  # noqa: F401  hooks are found by their names here
