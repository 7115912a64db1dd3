"""Money in integer centavos of Brazilian reais."""


def brl(cents: int) -> str:
    """As a Brazilian reads it: R$ 1.234,50."""
    reais, centavos = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}R$ {reais:,}".replace(",", ".") + f",{centavos:02d}"
