"""A model without a key: reads a pet shop's conversation in Portuguese and takes its next step."""
