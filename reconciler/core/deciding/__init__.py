"""Which live object is which, in what situation it is, and what has to change."""
