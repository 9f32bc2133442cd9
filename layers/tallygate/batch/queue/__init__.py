"""Chunks dispatched by messages, and the workers that take them."""
