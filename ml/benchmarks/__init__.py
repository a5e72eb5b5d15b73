"""Benchmarks of the analysis: what it costs, where, and beside what a user would wire together."""
