"""The smoke test: a small batch on a deployed environment that must be exact, whatever the domain is."""
