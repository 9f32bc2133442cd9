"""The same work on peer event stores and on Tallygate: what DynamoDB charges, how fast, and what a caller may believe."""
