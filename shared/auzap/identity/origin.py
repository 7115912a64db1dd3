"""Where a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The address, as the edge vouches for it; and the device, as it describes itself."""

    address: str = ""
    device: str = ""
