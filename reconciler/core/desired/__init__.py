"""The desired state: entries composed with their defaults, checked, in the scope of a target."""
