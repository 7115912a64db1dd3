"""A stay in the words of the shop's language."""

from datetime import date

from auzap.money import brl
from auzap.organizations.shop import Shop
from auzap.stays.places import DAY
from auzap.stays.queries import Stay
from auzap.stays.rooms import Kind
from auzap.texts import TextKey, text

KINDS: dict[Kind, TextKey] = {"hotel": "stay_hotel", "daycare": "stay_daycare"}


def day_in_words(shop: Shop, day: date) -> str:
    return f"{shop.weekday(day)} {day:%d/%m}"


def period(shop: Shop, kind: Kind, from_day: date, until_day: date) -> str:
    """A guest of the hotel goes home on the day it ends; daycare ends on its last day."""
    last = until_day if kind == "hotel" else until_day - DAY
    if last == from_day:
        return day_in_words(shop, from_day)
    return text("stay_period", shop.locale).format(first=day_in_words(shop, from_day), last=day_in_words(shop, last))


def price(shop: Shop, days: int, daily_cents: int, total_cents: int) -> str:
    """What a day costs is said too, where there are several."""
    if days == 1:
        return f"{text('stay_one_day', shop.locale)}, {brl(total_cents)}"
    return f"{text('stay_days', shop.locale).format(days=days)} × {brl(daily_cents)} = {brl(total_cents)}"


def place(shop: Shop, kind: Kind, room_name: str) -> str:
    return f"{text(KINDS[kind], shop.locale)} ({room_name})"


def described(shop: Shop, stay: Stay) -> str:
    """Where and when, as a tutor knows it."""
    return f"{place(shop, stay.kind, stay.room_name)}, {period(shop, stay.kind, stay.from_day, stay.until_day)}"


def lacking(vaccines_ok: bool | None, deworming_ok: bool | None, locale: str) -> str | None:
    """What is still to be proved; None where nothing is."""
    points: dict[TextKey, bool] = {
        "stay_lacks_vaccines": vaccines_ok is None,
        "stay_overdue_vaccines": vaccines_ok is False,
        "stay_lacks_deworming": deworming_ok is None,
        "stay_overdue_deworming": deworming_ok is False,
    }
    return "; ".join(text(key, locale) for key, is_so in points.items() if is_so) or None
