"""Reading outages, each caller as much as concerns them; ``availability`` answers for periods."""
