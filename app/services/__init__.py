"""What can be done: functions that take a session, or the installation's parts, first."""
