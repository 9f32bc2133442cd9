"""The relay: what the events table has taken is told to everybody who listens. Twice at times, but never not at all."""
