"""Zones in which shops are tried: Brazil's four, neighbours whose clocks change at midnight, Europe, and none."""

EIGHT = (
    "America/Sao_Paulo",
    "America/Noronha",
    "America/Manaus",
    "America/Rio_Branco",
    "America/Santiago",
    "America/Asuncion",
    "Europe/Lisbon",
    "UTC",
)
