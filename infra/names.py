"""Names of constructs and resources."""


def camel_case(name: str) -> str:
    return name.title().replace("_", "").replace("-", "")


def queue_name(name: str, *, fifo: bool) -> str:
    return f"{name}.fifo" if fifo else name
