"""What is deployed. Stacks wire, constructs build."""
