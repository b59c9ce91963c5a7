"""Vendors as data: one profile per platform, read by the planner, the client and the sandbox."""
