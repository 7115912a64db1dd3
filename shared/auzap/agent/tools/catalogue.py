"""Tools that show what the shop sells."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints

from auzap.agent.desk import Desk, quoted
from auzap.catalog import products
from auzap.catalog import services as catalog
from auzap.catalog.services import Price, Service
from auzap.money import brl
from auzap.texts import shop_word

MOST_PRODUCTS = 8

Words = Annotated[str, StringConstraints(min_length=2, max_length=80)]
type Category = Literal["grooming", "veterinary", "hotel", "daycare", "training", "transport", "other", "any"]
ELSEWHERE: dict[str, str] = {
    "hotel": "Stays in the hotel: call list_rooms.",
    "daycare": "Days of daycare: call list_rooms.",
    "training": "Training plans: call find_training_days.",
}


def list_services(desk: Desk, category: Category) -> str:
    """List the shop's services with duration and price. Call it before naming any service or price.

    Args:
        category: What kind of service the customer means; any when that is not clear.
    """
    today = desk.shop.today(desk.now)
    offered = [each for each in catalog.services(desk.tx) if each.active_until is None or each.active_until >= today]
    listed = [each for each in offered if category in {"any", each.category}]
    alone = [each for each in listed if not each.is_addon]
    beside = [each for each in offered if each.is_addon and any(each.id in host.addon_ids for host in alone)]
    lines = [_line(desk, each) for each in alone]
    if beside:
        lines.append("Only beside another service, as addons:")
        lines += [f"{_line(desk, extra)} | with {_hosts(extra, alone)}" for extra in beside]
    lines += (
        [line for kind, line in ELSEWHERE.items() if category in {"any", kind}]
        if lines or category in ELSEWHERE
        else []
    )
    if not lines:
        return _nothing(category)
    payment = ", ".join(shop_word(each, desk.shop.locale) for each in desk.shop.payment_methods)
    return "\n".join([*lines, *([f"Payment: {payment}"] if payment else [])])


def search_products(desk: Desk, words: Words) -> str:
    """Look for products that the shop sells, with their prices. Call it before naming any product.

    Args:
        words: What the customer looks for, in a few words, as "ração filhote".
    """
    found = products.search(desk.tx, words, most=MOST_PRODUCTS)
    if not found:
        return f"The shop has no product for {quoted(words)}. Try fewer or other words once, then say so."
    return "\n".join(
        f"- {each.name}{f' ({each.brand})' if each.brand else ''} | {brl(each.price_cents)} | "
        f"{'available' if each.is_available else 'not available now'}"
        for each in found
    )


def _line(desk: Desk, service: Service) -> str:
    prices = ", ".join(_row(row, service, desk.shop.locale) for row in _in_order(service.prices))
    known = [
        f"- {service.name}",
        _minutes(service.duration),
        brl(service.price_cents) + (f" ({prices})" if prices else ""),
        *_conditions(service),
    ]
    return " | ".join(known)


def _conditions(service: Service) -> list[str]:
    ages = [
        *([f"from {service.youngest_months} months"] if service.youngest_months else []),
        *([f"up to {service.oldest_months} months"] if service.oldest_months is not None else []),
    ]
    return [
        *([f"for {' and '.join(service.species)}"] if service.species else []),
        *ages,
        *([f"needs {service.prerequisite} first"] if service.prerequisite else []),
        *([f"deposit {service.deposit_percent}%"] if service.deposit_percent else []),
        *([f"from {service.active_from:%d/%m}"] if service.active_from else []),
        *([f"until {service.active_until:%d/%m}"] if service.active_until else []),
        *([] if service.is_bookable_by_agent else ["only people of the shop book it"]),
    ]


def _row(row: Price, service: Service, locale: str) -> str:
    """With its time where that is not the usual one: "grande R$ 120,00 in 90 min"."""
    time = f" in {_minutes(row.duration)}" if row.duration != service.duration else ""
    return f"{_of_whom(row, locale)} {brl(row.price_cents)}{time}"


def _minutes(duration: timedelta) -> str:
    return f"{int(duration.total_seconds() // 60)} min"


def _in_order(prices: Sequence[Price]) -> list[Price]:
    sizes, coats = (catalog.ANY, *catalog.SIZES), (catalog.ANY, *catalog.COATS)
    return sorted(prices, key=lambda row: (sizes.index(row.size), coats.index(row.coat)))


def _of_whom(row: Price, locale: str) -> str:
    """A size, a coat, or both: "pequeno", "pequeno pelo longo"."""
    words = [row.size] if row.size != catalog.ANY else []
    words += [f"{row.coat}_coat"] if row.coat != catalog.ANY else []
    return " ".join(shop_word(word, locale) for word in words)


def _hosts(extra: Service, among: Sequence[Service]) -> str:
    return ", ".join(host.name for host in among if extra.id in host.addon_ids)


def _nothing(category: str) -> str:
    if category == "any":
        return "The shop has not listed its services yet. Hand over to a person."
    return f"The shop lists no {category} services. Call list_services with any, or say that it has none."
