"""Marks on photos and paintings: where they are, and what was there before them."""
