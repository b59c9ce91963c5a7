"""A local SCIM server to try things on. Never imports `core`: it must not share the planner's mistakes."""
