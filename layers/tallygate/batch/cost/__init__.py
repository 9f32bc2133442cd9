"""What a batch costs and how long it takes, by a model; its limits."""
