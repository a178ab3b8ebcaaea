"""Rules of agreements: their terms, their life, and what they promise line by line."""
