"""Measuring the analysis on labelled photos, with intervals and baselines."""
