"""Where agreements, their versions and their lines are kept."""
