"""Showing: one plan view, many formats. Computes nothing, decides nothing."""
