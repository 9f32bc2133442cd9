"""The same work on peer event stores and on Tallygate: what it costs, how fast it is, what a caller may believe."""
