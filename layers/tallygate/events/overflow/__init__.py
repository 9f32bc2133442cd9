"""Commits too large for an item of DynamoDB."""
