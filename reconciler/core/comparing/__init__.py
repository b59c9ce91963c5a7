"""A target's attributes by path, and what differs between wanted and live values."""
