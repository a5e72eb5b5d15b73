"""Training of our own networks and calibrations; needs the environment with torch."""
