"""What changes the state of staff: signing in, accounts, roles, and the first administrators."""
