"""How streams reach functions: event source mappings of Kinesis and of DynamoDB streams, as AWS polls them.

The emulator polls all mappings in one loop and knows neither bisecting nor a limit of retries, neither partial answers
nor a Kinesis mapping's on-failure destination. These pollers replace its two; each of the mends named in `switches`
turns one behaviour on, and what is off is as the emulator has it.

Not imitated: MaximumBatchingWindowInSeconds (records are handed over at once), ParallelizationFactor (one invocation
per shard at a time), tumbling windows, the 6 MB limit of a batch, a child shard's wait for its parents.
"""
