"""Targets made ready, and desired entries as their resources."""
