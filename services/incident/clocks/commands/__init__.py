"""What can be done with clocks: start them, note what happened, wake them, judge them anew."""
