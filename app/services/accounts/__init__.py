"""Who uses the installation: users, sessions, keys, passwords."""
