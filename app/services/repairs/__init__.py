"""Repairs: findings, what people say of them, the versions that are made, and their review."""
