"""Tools of Aurora: what the owner may ask of the shop."""

from datetime import date, datetime, time, timedelta

from auzap.agent.desk import Desk
from auzap.bookings import queries
from auzap.money import brl


def list_appointments(desk: Desk, day: date) -> str:
    """List the shop's appointments of one day, with their total.

    Args:
        day: The day in the shop's calendar, as YYYY-MM-DD.
    """
    start = datetime.combine(day, time(), desk.shop.zone)
    found = queries.on_day(desk.tx, start, datetime.combine(day + timedelta(days=1), time(), desk.shop.zone))
    if not found:
        return f"No appointments on {desk.shop.weekday(day)} {day:%d/%m}."
    lines = [
        f"- {desk.shop.local(b.starts_at):%H:%M} | {b.pet_name} | {b.service_name} | {brl(b.price_cents)} | {b.status}"
        for b in found
    ]
    total = sum(b.price_cents for b in found)
    return "\n".join([f"{desk.shop.weekday(day)} {day:%d/%m}: {len(found)} appointments, total {brl(total)}", *lines])
