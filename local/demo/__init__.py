"""`make demo`: the real app, deployed by the real CDK CLI to the embedded AWS, counts real flights exactly."""
