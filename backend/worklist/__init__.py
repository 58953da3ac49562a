"""What waits for a clerk: tasks with leases, and changes that need a second pair of eyes."""
