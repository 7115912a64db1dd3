"""Whether the channels and the house itself are well."""
