"""What is remembered between runs, in SQLite or PostgreSQL. `opening.open_state` is the way in."""
