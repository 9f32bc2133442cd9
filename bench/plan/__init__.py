"""What a plan takes: lines a second and memory, for each kind of manifest."""
