"""Faces: where they are, how they are brought upright, and the vector that tells people apart."""
