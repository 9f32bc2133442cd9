"""Benchmarks: what the library costs and how fast it is, beside others. Nothing here is deployed."""
