"""What the fan-out costs, in time and in request units, and how it grows."""
