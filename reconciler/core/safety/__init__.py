"""What a plan would do in numbers, and whether that is more than the target's limits let through."""
