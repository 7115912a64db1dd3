"""Ratios of our cost to a floor, measured in one run. README.md says how, and what each counts."""
