"""A DynamoDB table, its wire, a queue and a map run in simulated time: one seed, one run."""
