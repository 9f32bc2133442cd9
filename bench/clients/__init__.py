"""What a client's settings are worth: a socket that gets stuck, and connections kept or closed."""
