"""How well search finds what is meant, measured on labelled sets that lie outside the project."""
