"""Photos that stand on their side, and horizons that are not level."""
