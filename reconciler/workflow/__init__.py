"""The order of work: read, plan, apply. Sees the edges only through `ports`."""
