"""Which version of a Lambda layer a deployment takes, by the layer's name, and which old versions may go."""
