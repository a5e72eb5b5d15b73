"""What goes wrong with photos, made on purpose: for training, for measuring, for the lab."""
