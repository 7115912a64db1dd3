"""What models cost, in millionths of a US dollar per token, so that a turn's cost can be counted."""

# Input and output, US$ per million tokens.
PRICES: dict[str, tuple[float, float]] = {
    "gpt-6-luna": (0.10, 0.50),
    "gpt-5.6-luna": (0.20, 1.20),
    "gpt-5.4-mini": (0.75, 4.50),
    "gpt-6.1-terra": (1.00, 5.00),
    "gpt-6-sol": (2.00, 10.00),
    "claude-haiku-5-5": (0.10, 0.50),
    "claude-haiku-4-5": (1.00, 5.00),
    "gemini-3.5-flash-lite": (0.30, 2.50),
    "gemini-3.8-flash": (0.75, 3.75),
    "text-embedding-3-small": (0.02, 0.0),
    "text-embedding-3-large": (0.13, 0.0),
    "text-embedding-ada-002": (0.10, 0.0),
}
# An unknown model is counted as a dear one: a cap that errs must err on the safe side.
UNKNOWN = (2.00, 10.00)
FREE = frozenset({"offline"})


def cost_micros(model: str, input_tokens: int, output_tokens: int) -> int:
    if model in FREE:
        return 0
    per_input, per_output = PRICES.get(model, UNKNOWN)
    return round(input_tokens * per_input + output_tokens * per_output)
