"""Who may see and do what on the page: accounts, sessions, and what wrong passwords cost."""
