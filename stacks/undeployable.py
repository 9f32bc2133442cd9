"""What all mistakes have in common that a deployment's input can have."""


class Undeployable(ValueError):
    """It can't be deployed as it stands; the message says what is wrong, where, and how to mend it."""
