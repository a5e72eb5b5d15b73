"""Telling people apart: a classifier from few labels each, stacks of unlabelled faces.

Everything here works on embeddings alone, without a network and without photos.
"""
