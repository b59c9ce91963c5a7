"""Logs, and OpenTelemetry where it is configured: what a run tells machines while it is under way."""
