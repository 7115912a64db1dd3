"""The kinds of notification: how each is usually heard of, where it leads, and what it says in both languages."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from auzap.ids import ConversationId
from auzap.loose import string

type Kind = Literal[
    "booking_cancelled",
    "booking_expired",
    "booking_made",
    "booking_moved",
    "booking_waits",
    "campaigns_paused",
    "channel_limit",
    "channel_quality",
    "channel_silence",
    "channel_status",
    "channel_subscription",
    "channel_token",
    "charged_as_general_ai",
    "emergency",
    "escalation",
    "escalation_expired",
    "handoff",
    "injection_attempts",
    "leads_100",
    "leads_80",
    "low_stock",
    "replies_refused",
    "review_prompt",
    "send_paused",
    "stay_assessment",
    "stay_cancelled",
    "stay_made",
    "stay_moved",
    "stay_reports_pending",
    "support_session",
    "training_plan",
]

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
# What somebody must know about who looks into the shop: the database keeps anybody from muting it.
SECURITY: frozenset[Kind] = frozenset({"support_session"})
# What also comes by mail where nobody has said otherwise, to those who answer for the shop.
MAILED: frozenset[Kind] = frozenset(
    {
        "booking_waits",
        "channel_limit",
        "channel_quality",
        "channel_silence",
        "channel_status",
        "channel_subscription",
        "channel_token",
        "charged_as_general_ai",
        "emergency",
        "handoff",
        "send_paused",
    }
)
MAILED_TO = ("manager", "owner")
# While somebody waits for a person: who has come since needs no mail.
WAITING: frozenset[Kind] = frozenset({"emergency", "handoff"})

# Where the panel shows what a detail names; of several the first.
PAGES = {
    "booking": "bookings",
    "stay": "stays",
    "plan": "training-plans",
    "product": "products",
    "account": "channel-accounts",
    "channel_account_id": "channel-accounts",
}
USUAL_PAGE = "/notifications"

TEXTS: dict[str, dict[str, str]] = {
    "pt-BR": {
        "booking_cancelled": "Agendamento cancelado: {at}",
        "booking_expired": "Agendamento cancelado, porque ninguém o confirmou: {at}",
        "booking_made": "Agendamento novo: {at}",
        "booking_moved": "Agendamento mudado de {before} para {at}",
        "booking_waits": "Um agendamento espera por confirmação: {at}",
        "campaigns_paused": "As campanhas do número de WhatsApp estão em pausa por um dia",
        "channel_limit": "Mudou o limite de mensagens do número de WhatsApp",
        "channel_quality": "Mudou a qualidade do número de WhatsApp",
        "channel_silence": "Mudou o movimento de mensagens do número de WhatsApp",
        "channel_status": "Mudou o estado do número de WhatsApp",
        "channel_subscription": "Mudou a entrega de mensagens do número de WhatsApp",
        "channel_token": "Mudou a autorização do número de WhatsApp",
        "charged_as_general_ai": "O WhatsApp cobrou mensagens da loja como as de um assistente geral",
        "emergency": "Emergência: um cliente espera por uma pessoa",
        "escalation": "O agente fez uma pergunta à equipe",
        "escalation_expired": "Uma pergunta do agente ficou sem resposta",
        "handoff": "Um cliente espera por uma pessoa",
        "injection_attempts": "Alguém tenta desviar o agente das suas instruções",
        "leads_100": "Os leads do mês chegaram ao limite do plano",
        "leads_80": "Os leads do mês chegaram a 80% do plano",
        "low_stock": "Estoque baixo: {name}",
        "replies_refused": "Várias respostas do agente foram barradas em uma conversa",
        "review_prompt": "Muitas respostas do agente foram barradas: revise as instruções",
        "send_paused": "O WhatsApp recusou mensagens da loja: os envios do número estão em pausa",
        "stay_assessment": "Uma estadia espera por avaliação",
        "stay_cancelled": "Estadia cancelada: {from_day} a {until_day}",
        "stay_made": "Estadia nova: {from_day} a {until_day}",
        "stay_moved": "Estadia mudada para {from_day} a {until_day}",
        "stay_reports_pending": "Faltam relatórios de estadias de hoje",
        "support_session": "O suporte do AuZap entrou na loja",
        "training_plan": "Um plano de adestramento espera por dias e horários",
        "other": "Há um aviso novo",
        "day": "%d/%m",
        "moment": "%d/%m às %H:%M",
    },
    "en": {
        "booking_cancelled": "Appointment cancelled: {at}",
        "booking_expired": "Appointment cancelled, because nobody confirmed it: {at}",
        "booking_made": "New appointment: {at}",
        "booking_moved": "Appointment moved from {before} to {at}",
        "booking_waits": "An appointment waits to be confirmed: {at}",
        "campaigns_paused": "Campaigns of the WhatsApp number are paused for a day",
        "channel_limit": "The message limit of the WhatsApp number has changed",
        "channel_quality": "The quality of the WhatsApp number has changed",
        "channel_silence": "The traffic of the WhatsApp number has changed",
        "channel_status": "The state of the WhatsApp number has changed",
        "channel_subscription": "The delivery of messages to the WhatsApp number has changed",
        "channel_token": "The authorization of the WhatsApp number has changed",
        "charged_as_general_ai": "WhatsApp has charged messages of the shop as those of a general assistant",
        "emergency": "Emergency: a customer waits for a person",
        "escalation": "The agent has asked the team a question",
        "escalation_expired": "A question of the agent was not answered",
        "handoff": "A customer waits for a person",
        "injection_attempts": "Somebody tries to turn the agent from its instructions",
        "leads_100": "The leads of the month have reached what the plan allows",
        "leads_80": "The leads of the month have reached 80% of the plan",
        "low_stock": "Low in stock: {name}",
        "replies_refused": "Several replies of the agent were held back in one conversation",
        "review_prompt": "Many replies of the agent were held back: look over its instructions",
        "send_paused": "WhatsApp has refused messages of the shop: sending from the number is paused",
        "stay_assessment": "A stay waits to be assessed",
        "stay_cancelled": "Stay cancelled: {from_day} to {until_day}",
        "stay_made": "New stay: {from_day} to {until_day}",
        "stay_moved": "Stay moved to {from_day} to {until_day}",
        "stay_reports_pending": "Reports of today's stays are missing",
        "support_session": "AuZap's support has looked into the shop",
        "training_plan": "A training plan waits for days and hours",
        "other": "There is something new",
        "day": "%Y-%m-%d",
        "moment": "%Y-%m-%d at %H:%M",
    },
}


def worded(kind: str, detail: Mapping[str, Any], locale: str, zone: ZoneInfo) -> str:
    """In one line, by the clock on the shop's wall."""
    texts = TEXTS[locale]
    moments = {
        name: datetime.fromisoformat(told).astimezone(zone).strftime(texts["moment"])
        for name in ("at", "before")
        if (told := string(detail.get(name)))
    }
    days = {
        name: date.fromisoformat(told).strftime(texts["day"])
        for name in ("from_day", "until_day")
        if (told := string(detail.get(name)))
    }
    known = dict.fromkeys(("at", "before", "from_day", "until_day"), "") | moments | days
    return texts[kind if kind in KINDS else "other"].format(name=string(detail.get("name")), **known)


def page(detail: Mapping[str, Any], conversation_id: ConversationId | str | None) -> str:
    """The page of the panel that shows what it is about."""
    for named, noun in PAGES.items():
        if row := string(detail.get(named)):
            return f"/{noun}/{row}"
    return f"/conversations/{conversation_id}" if conversation_id else USUAL_PAGE
