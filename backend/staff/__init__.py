"""Staff of the bureau: accounts, passwords, roles and what they may do where."""
