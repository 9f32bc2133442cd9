"""What a run costs, counted where every call arrives: capacity units, calls, invocations, cold starts."""
