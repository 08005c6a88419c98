"""Ranks positions for students and students for positions, with reasons that add up."""
