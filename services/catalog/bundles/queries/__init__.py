"""Reading the catalogue as a bundle."""
