"""The channels a shop is reached on."""
