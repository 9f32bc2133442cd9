"""What the event store costs over bare boto3, in time and in request units, and what a hot stream carries."""
