"""Where the portfolio is kept."""
