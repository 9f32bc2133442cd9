"""Tests of the sample domain: delete them with it."""
