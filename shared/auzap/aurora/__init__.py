"""Aurora, who serves the owner of the shop."""
