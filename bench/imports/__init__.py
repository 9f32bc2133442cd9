"""What it costs a cold Lambda to import the library, over what boto3 and a client cost anyway."""
