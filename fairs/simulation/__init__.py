"""Made-up fair days, to measure what cannot be tried on real ones."""
