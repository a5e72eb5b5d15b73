"""Work for the background: jobs, leases, what the networks see."""
