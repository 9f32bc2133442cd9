"""How much memory functions use, by what the platform reported, and what to give them."""
