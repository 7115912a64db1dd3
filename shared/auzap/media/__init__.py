"""Media: what customers send beside text."""
