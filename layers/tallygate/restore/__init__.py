"""The events table restored from point-in-time recovery into a new one, verified, and compared with the old one."""
