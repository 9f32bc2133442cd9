"""Real faults on the wire and in the workers, chosen by a seed."""
