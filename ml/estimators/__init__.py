"""What was done to a photo: kinds and parameters of its damage, estimated."""
