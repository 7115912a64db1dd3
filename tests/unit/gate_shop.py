"""Made-up shops, their facts, and replies filled with them: the same for the same seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.gate import Facts
from auzap.money import brl

WEEKDAYS = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")
MONTHS = ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro")
MONTHS += ("novembro", "dezembro")
ENGLISH_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
ENGLISH_MONTHS += ("November", "December")
SERVICES = ("Banho", "Tosa", "Banho e tosa", "Hidratação", "Tosa higiênica", "Corte de unhas", "Day care")
ROOMS = ("Suíte", "Quarto Conforto", "Chalé", "Canil Master")
PETS = ("Thor", "Mel", "Luna", "Bob", "Nina", "Pipoca", "Amora", "Zeca")
CUSTOMERS = ("Ana", "Célia", "João", "Marcos", "Beatriz", "Rita")
SHOPS = ("Pet Feliz", "Patinhas & Cia", "Bicho Mimado", "Amigo Fiel")
STREETS = ("Rua das Acácias, 120", "Avenida Brasil, 45", "Rua Presidente Vargas, 900", "Travessa São Jorge, 7")
SENTENCES = {
    "pt": "Oi, quero um banho para o meu cachorro, quanto fica?",
    "en": "Hi, how much is a bath for my dog please?",
    "es": "Hola, quiero un baño para mi perro, cuánto cuesta?",
}


@dataclass(frozen=True)
class Made:
    """The facts of a turn, and words to fill a template with."""

    facts: Facts
    words: dict[str, Any]

    def fill(self, template: str) -> str:
        return template.format_map(self.words)


def make(seed: int, *, language: str = "pt") -> Made:
    """The words that begin with wrong_ or foreign_ are in no fact."""
    rng = random.Random(seed)
    today = date(2026, 11, 21) + timedelta(days=rng.randrange(300))
    services = rng.sample(SERVICES, 3)
    prices = rng.sample(range(3500, 26000, 500), 3)
    minutes = rng.sample((30, 40, 50, 60, 75, 90, 120), 3)
    opens, closes, saturday = rng.choice((7, 8, 9)), rng.choice((17, 18, 19)), rng.choice((12, 13, 14))
    open_days = [today + timedelta(days=ahead) for ahead in range(1, 12)]
    first, second = sorted(rng.sample([day for day in open_days if day.weekday() != 6], 2))
    hours = sorted(rng.sample([f"{hour:02d}:{half}" for hour in range(9, 17) for half in ("00", "30")], 4))
    asked_time, *free = rng.sample(hours, 4)
    customer, stranger = rng.sample(CUSTOMERS, 2)
    shop, pet = rng.choice(SHOPS), rng.choice(PETS)
    phone = f"+55119{rng.randrange(10**7, 10**8)}"
    site = f"{shop.split()[0].lower()}{rng.randrange(100)}.com.br"
    context = "\n".join(
        (
            f"Today: {WEEKDAYS[today.weekday()]} {today} 09:15 (America/Sao_Paulo)",
            f"Shop: {shop}",
            f"Address: {rng.choice(STREETS)}",
            f"About: Pet shop de bairro. Site {site}.",
            "Hours: "
            + "; ".join(f"{day} {opens:02d}:00-{closes:02d}:00" for day in WEEKDAYS[:5])
            + f"; sábado {opens:02d}:00-{saturday:02d}:00",
            f"Customer: {customer}",
        )
    )
    listed = "\n".join(
        f"- {name} | {length} min | {brl(price)}" for name, length, price in zip(services, minutes, prices, strict=True)
    )
    slots = "\n".join(
        f"s{place} | {spoken(day)} | {hour} | {services[0]}"
        for place, (day, hour) in enumerate(((first, free[0]), (first, free[1]), (second, free[2])), start=1)
    )
    room, daily, nights = rng.choice(ROOMS), rng.randrange(40500, 60000, 500), rng.randrange(2, 5)
    rooms = f"t1 | {room} | {spoken(first)} to {spoken(second)} | {nights} dias | {brl(daily)} | total {brl(nights * daily)}"
    taught = "- Vocês têm câmera?: Sim, a creche tem câmera das 08:00 às 18:00."
    asked = [SENTENCES[language], f"Pode ser às {asked_time}? Pago no máximo R$ 11,00."]
    known = {*hours, "09:15", "08:00", "18:00", *(f"{hour:02d}:00" for hour in (opens, closes, saturday))}
    wrong_time = rng.choice([f"{h:02d}:{m}" for h in (20, 21, 22) for m in ("00", "30") if f"{h:02d}:{m}" not in known])
    wrong = rng.choice([today + timedelta(days=ahead) for ahead in range(40, 90)])
    # A day of the month that no known date has.
    wrong_day = rng.choice(sorted(set(range(1, 29)) - {first.day, second.day, today.day}))
    wrong_reais = rng.choice([n for n in range(30, 400) if n * 100 not in prices])
    words = {
        "customer": customer,
        "stranger": stranger,
        "pet": pet,
        "shop": shop,
        "address": context.split("Address: ")[1].split("\n")[0],
        "site": site,
        "phone": phone,
        "today": f"{WEEKDAYS[today.weekday()]}, {today:%d/%m}",
        "service": services[0],
        "service_2": services[1],
        "price": brl(prices[0]),
        "price_2": brl(prices[1]),
        "room": room,
        "daily": brl(daily),
        "nights": nights,
        "stay_total": brl(nights * daily),
        "minutes": minutes[0],
        "minutes_2": minutes[1],
        "weekday": WEEKDAYS[first.weekday()],
        "date": f"{first:%d/%m}",
        "date_2": f"{second:%d/%m}",
        "time": free[0],
        "time_2": free[1],
        "time_h": free[0].replace(":", "h").removesuffix("00"),
        "asked_time": asked_time,
        "opens": f"{opens:02d}:00",
        "closes": f"{closes}:00",
        "saturday": f"{saturday}:00",
        "opens_h": f"{opens}h",
        "closes_h": f"{closes}h",
        "saturday_h": f"as {saturday}h",
        "wrong_price": brl(wrong_reais * 100),
        "wrong_reais": wrong_reais,
        "customer_price": "R$ 11,00",
        "wrong_percent": rng.randrange(5, 60),
        "wrong_time": wrong_time,
        "wrong_time_h": wrong_time.replace(":", "h"),
        "wrong_hour_24": int(wrong_time[:2]),
        "wrong_hour": int(wrong_time[:2]) - 12,
        "wrong_date": f"{wrong:%d/%m}",
        "wrong_date_spoken": f"{wrong.day} de {MONTHS[wrong.month - 1]}",
        "wrong_date_english": f"{ENGLISH_MONTHS[wrong.month - 1]} {wrong.day}th",
        "wrong_day": wrong_day,
        "wrong_weekday": WEEKDAYS[(first.weekday() + rng.randrange(1, 6)) % 7],
        "foreign_phone": f"11 9{rng.randrange(1000, 9999)}-{rng.randrange(1000, 9999)}",
        "foreign_phone_plain": f"119{rng.randrange(10**7, 10**8)}",
        "foreign_cpf": f"{rng.randrange(100, 999)}.{rng.randrange(100, 999)}.{rng.randrange(100, 999)}-{rng.randrange(10, 99)}",
        "foreign_email": f"{stranger.lower()}{rng.randrange(99)}@exemplo.com",
        "foreign_domain": f"golpe{rng.randrange(99)}.com.br",
        "card": rng.choice(("4111 1111 1111 1111", "5555 5555 5555 4444", "3782 822463 10005")),
        "token": f"{rng.randrange(10**6):x}",
        "digits": f"5511{rng.randrange(10**8, 10**9)}",
        "amount": rng.randrange(2, 40),
        "recited": _recited(rng),
    }
    facts = Facts(
        said=[context, listed, slots, rooms, taught, *asked],
        shown=[context, listed, slots, rooms, taught],
        acts_done=[],
        asked=asked[:1],
        contact=[phone],
        business=f"{shop} Pet shop de bairro.",
        rules=CLIENT_AGENT.rules,
        tools=[*CLIENT_AGENT.tools],
        calendar=[spoken(today + timedelta(days=ahead)) for ahead in range(15)],
    )
    return Made(facts, words)


def spoken(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


def _recited(rng: random.Random) -> str:
    words = CLIENT_AGENT.rules.replace("{", "").replace("}", "").split()
    start = rng.randrange(len(words) - 25)
    return " ".join(words[start : start + 25])
