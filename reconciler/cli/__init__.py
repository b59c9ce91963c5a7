"""Commands. `wiring` is the only module that knows everyone."""
