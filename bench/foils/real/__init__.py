"""The same designs with boto3's own client, processes that are killed, and faults on the wire to DynamoDB Local."""
