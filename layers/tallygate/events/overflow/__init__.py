"""Commits too large for an item of DynamoDB: their events lie in objects beside the table."""
