"""`make e2e-store`: many appends under faults, judged by another program from what the clients saw and the table."""
