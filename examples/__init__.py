"""Examples: each is an app of its own that uses the library and the constructs."""
