"""What keeps the counts exact: `make break` takes each guard away and watches a test fail."""
