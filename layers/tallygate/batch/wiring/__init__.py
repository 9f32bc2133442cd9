"""The composition root of the batch: ports meet adapters here and nowhere else.

One module for each function, so that none of them imports at its cold start what only another needs.
"""
