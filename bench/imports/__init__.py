"""What a cold start of each function costs over the bare runtime with boto3, and how large its parts are."""
