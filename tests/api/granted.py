"""For every route a request that is granted: whose ids it names, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from tests.api.furnishing import ARRIVAL, FILE, TOLD
from tests.api.people import PASSWORD

type Route = tuple[str, str]

OUTCOME = {"topics": ["guia"], "skills": ["junto"], "homework": "cinco minutos por dia", "rating": 4}
WEEK = {"hours": [{"weekday": 0, "opens": "08:00", "closes": "18:00"}]}
REMINDER = {"name": "lembrete", "language": "pt_BR", "values": {"1": "Ana"}}
MARK = {"purpose": "marketing", "is_given": True}


@dataclass(frozen=True)
class Granted:
    """`{name}` in query and body stands for what the furnished shop has by that name; `of` names those of the path, which are
    otherwise called as their places are."""

    query: str = ""
    body: Any = None
    of: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    # Who asks, where it is not anybody of the shop whose role suffices.
    by: str | None = None
    # It asks a provider between its transactions, or is done before anybody has signed in: what it does stays.
    is_kept: bool = False

    def names(self, path: str) -> dict[str, str]:
        """Each place of the path, and what stands there."""
        places = [place for _, place, _, _ in Formatter().parse(path) if place]
        return {place: self.of.get(place, place.removesuffix("_id")) for place in places}

    def named(self) -> set[str]:
        """What query and body name."""
        return {
            place for text in (self.query, *_texts(self.body)) for _, place, _, _ in Formatter().parse(text) if place
        }

    def path(self, path: str, ids: Mapping[str, str]) -> str:
        filled = path.format_map({place: ids[name] for place, name in self.names(path).items()})
        return f"{filled}?{self.query.format_map(ids)}" if self.query else filled

    def said(self, ids: Mapping[str, str]) -> Any:
        return _filled(self.body, ids)


def _texts(body: Any) -> list[str]:
    match body:
        case str():
            return [body]
        case dict() | list():
            inner: Any = body.values() if isinstance(body, dict) else body
            return [text for each in inner for text in _texts(each)]
        case _:
            return []


def _filled(body: Any, ids: Mapping[str, str]) -> Any:
    match body:
        case str():
            return body.format_map(ids)
        case dict():
            return {name: _filled(value, ids) for name, value in body.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_filled(each, ids) for each in body]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return body


def of(**places: str) -> dict[str, str]:
    return places


GRANTED: dict[Route, Granted] = {
    ("GET", "/health"): Granted(),
    ("GET", "/health/database"): Granted(),
    ("GET", "/health/channels"): Granted(),
    ("GET", "/health/queues"): Granted(),
    ("GET", "/v1/health"): Granted(),
    ("GET", "/v1/health/channels"): Granted(),
    ("GET", "/v1/health/queues"): Granted(),
    ("GET", "/v1/health/database"): Granted(),
    ("POST", "/v1/auth/registration"): Granted(
        body={"shop_name": "Patas & Cia", "name": "Ana", "email": "{stranger_email}", "password": PASSWORD},
        is_kept=True,
    ),
    ("POST", "/v1/auth/session"): Granted(body={"email": "{newcomer_email}", "password": PASSWORD}, is_kept=True),
    ("POST", "/v1/auth/session/second-factor"): Granted(
        body={"challenge": "{confirmed_challenge}", "code": "{confirmed_code}"}, is_kept=True
    ),
    ("POST", "/v1/auth/support-session"): Granted(
        body={
            "email": "{house_email}",
            "password": PASSWORD,
            "code": "{house_code}",
            "organization_id": "{organization}",
            "reason": "A loja pediu ajuda",
        },
        is_kept=True,
    ),
    ("POST", "/v1/auth/refresh"): Granted(headers={"cookie": "auzap_refresh={refresh}"}, is_kept=True),
    ("DELETE", "/v1/auth/session"): Granted(),
    ("PUT", "/v1/auth/password"): Granted(
        body={"current": PASSWORD, "new": f"{PASSWORD}-novo"}, by="newcomer", is_kept=True
    ),
    ("POST", "/v1/auth/password-reset"): Granted(body={"email": "{offered_email}"}, is_kept=True),
    ("POST", "/v1/auth/password-reset/completion"): Granted(
        body={"token": "{forgotten}", "password": f"{PASSWORD}-novo"}, is_kept=True
    ),
    ("POST", "/v1/auth/invitation"): Granted(body={"token": "{invited}"}, is_kept=True),
    ("POST", "/v1/auth/invitation/acceptance"): Granted(
        body={"token": "{invited}", "name": "Júlia", "password": PASSWORD}, is_kept=True
    ),
    ("POST", "/v1/auth/second-factor"): Granted(body={"password": PASSWORD}, by="visitor", is_kept=True),
    ("POST", "/v1/auth/second-factor/confirmation"): Granted(
        body={"code": "{offered_code}"}, by="offered", is_kept=True
    ),
    ("POST", "/v1/auth/second-factor/recovery-codes"): Granted(
        body={"code": "{renewing_code}"}, by="renewing", is_kept=True
    ),
    ("POST", "/v1/auth/second-factor/removal"): Granted(
        body={"password": PASSWORD, "code": "{removing_code}"}, by="removing", is_kept=True
    ),
    ("GET", "/v1/me"): Granted(),
    ("PATCH", "/v1/me"): Granted(body={"name": "Bia Souza", "phone": "+5511987654321", "locale": "en"}),
    ("GET", "/v1/me/notification-preferences"): Granted(),
    ("PUT", "/v1/me/notification-preferences"): Granted(
        body={"kinds": [{"kind": "low_stock", "in_centre": True, "by_mail": True}]}
    ),
    ("GET", "/v1/me/sessions"): Granted(),
    ("DELETE", "/v1/me/sessions"): Granted(),
    ("DELETE", "/v1/me/sessions/{session_id}"): Granted(),
    ("GET", "/v1/invitations"): Granted(),
    ("POST", "/v1/invitations"): Granted(body={"email": "nova@example.com", "role": "staff"}),
    ("DELETE", "/v1/invitations/{invitation_id}"): Granted(),
    ("POST", "/v1/realtime/ticket"): Granted(),
    ("GET", "/v1/conversations"): Granted(
        "assigned_user_id={staff}&channel_account_id={account}&contact_id={contact}&state=ai&state=human"
        "&priority=normal&search=tudo"
    ),
    ("GET", "/v1/conversations/{conversation_id}"): Granted(),
    ("PATCH", "/v1/conversations/{conversation_id}"): Granted(body={"priority": "high", "snoozed_until": "{later}"}),
    ("GET", "/v1/conversations/{conversation_id}/messages"): Granted(),
    ("POST", "/v1/conversations/{conversation_id}/messages"): Granted(
        body={"type": "text", "text": "Oi, Ana!", "answers": "{message}"}
    ),
    ("GET", "/v1/conversations/{conversation_id}/timeline"): Granted(),
    ("GET", "/v1/conversations/{conversation_id}/templates"): Granted(),
    ("POST", "/v1/conversations/{conversation_id}/uploads"): Granted(
        body={"kind": "image", "content_type": "image/jpeg", "size": 1000}
    ),
    ("POST", "/v1/conversations/{conversation_id}/files"): Granted(
        body={"upload_id": "{upload}", "kind": "image"}, of=of(conversation_id="filed"), is_kept=True
    ),
    ("POST", "/v1/conversations/{conversation_id}/typing"): Granted(),
    ("PUT", "/v1/conversations/{conversation_id}/read-mark"): Granted(),
    ("POST", "/v1/conversations/{conversation_id}/tags"): Granted(body={"tag": "orçamento"}),
    ("DELETE", "/v1/conversations/{conversation_id}/tags"): Granted("tag=vip"),
    ("POST", "/v1/conversations/{conversation_id}/hold"): Granted(of=of(conversation_id="waiting")),
    ("POST", "/v1/conversations/{conversation_id}/return"): Granted(of=of(conversation_id="held")),
    ("POST", "/v1/conversations/{conversation_id}/transfer"): Granted(
        body={"user_id": "{manager}"}, of=of(conversation_id="held")
    ),
    ("PUT", "/v1/conversations/{conversation_id}/assignment"): Granted(
        body={"user_id": "{manager}"}, of=of(conversation_id="waiting")
    ),
    ("POST", "/v1/conversations/{conversation_id}/closing"): Granted(
        body={"reason": "Resolvido por telefone"}, of=of(conversation_id="held")
    ),
    ("POST", "/v1/conversations/{conversation_id}/reopening"): Granted(of=of(conversation_id="closed")),
    ("GET", "/v1/conversations/{conversation_id}/notes"): Granted(),
    ("POST", "/v1/conversations/{conversation_id}/notes"): Granted(body={"text": "Prefere o Caio"}),
    ("DELETE", "/v1/conversations/{conversation_id}/notes/{note_id}"): Granted(),
    ("POST", "/v1/contacts/{contact_id}/conversation"): Granted(body={**REMINDER, "channel_account_id": "{account}"}),
    ("GET", "/v1/tasks"): Granted("conversation_id={conversation}"),
    ("POST", "/v1/tasks/{task_id}/completion"): Granted(),
    ("GET", "/v1/notifications"): Granted(),
    ("GET", "/v1/notifications/unread"): Granted(),
    ("PUT", "/v1/notifications/read-mark"): Granted(),
    ("PUT", "/v1/notifications/{notification_id}/read-mark"): Granted(),
    ("PUT", "/v1/notifications/{notification_id}/archive-mark"): Granted(),
    ("GET", "/v1/pending-actions"): Granted("conversation_id={conversation}"),
    ("GET", "/v1/templates"): Granted("channel_account_id={account}&status=approved"),
    ("GET", "/v1/leads"): Granted("pipeline_stage_id={stage}&assigned_user_id={staff}&stage=new"),
    ("GET", "/v1/leads/{contact_id}"): Granted(),
    ("PATCH", "/v1/leads/{contact_id}"): Granted(body={"assigned_user_id": "{manager}", "is_priority": True}),
    ("GET", "/v1/leads/{contact_id}/events"): Granted(),
    ("PUT", "/v1/leads/{contact_id}/pipeline-stage"): Granted(body={"pipeline_stage_id": "{stage}"}),
    ("POST", "/v1/leads/{contact_id}/outcome"): Granted(body={"outcome": "converted"}),
    ("GET", "/v1/pipeline-stages"): Granted(),
    ("POST", "/v1/pipeline-stages"): Granted(body={"name": "Visita"}),
    ("PUT", "/v1/pipeline-stages/order"): Granted(body={"stage_ids": ["{stage}"]}),
    ("PUT", "/v1/pipeline-stages/{stage_id}"): Granted(body={"name": "Proposta"}),
    ("DELETE", "/v1/pipeline-stages/{stage_id}"): Granted(),
    ("GET", "/v1/incidents"): Granted(),
    ("POST", "/v1/incidents/{incident_id}/resolution"): Granted(),
    ("GET", "/v1/dead-letters"): Granted(),
    ("POST", "/v1/dead-letters/{letter_id}/redrive"): Granted(),
    ("POST", "/v1/dead-letters/{letter_id}/discard"): Granted(),
    ("GET", "/v1/usage"): Granted(),
    ("GET", "/v1/dashboard"): Granted(),
    ("PUT", "/v1/dashboard/assumptions"): Granted(body={"seconds_per_message": 120, "hour_value_cents": 4500}),
    ("GET", "/v1/audit"): Granted("table_name=bookings&row_id={booking}"),
    ("GET", "/v1/audit/export"): Granted("table_name=bookings&row_id={booking}"),
    ("GET", "/v1/audit/verification"): Granted(),
    ("GET", "/v1/team"): Granted(),
    ("PATCH", "/v1/team/{user_id}"): Granted(body={"role": "staff"}, of=of(user_id="manager")),
    ("DELETE", "/v1/team/{user_id}/sessions"): Granted(of=of(user_id="manager")),
    ("GET", "/v1/api-keys"): Granted(),
    ("POST", "/v1/api-keys"): Granted(body={"name": "Site", "scopes": ["bookings:read"]}),
    ("DELETE", "/v1/api-keys/{key_id}"): Granted(),
    ("GET", "/v1/contacts"): Granted("keeper_user_id={staff}&search=an"),
    ("POST", "/v1/contacts"): Granted(
        body={
            "phone": "(11) 98765-9999",
            "name": "Carla",
            "email": "carla@example.com",
            "tags": ["vip"],
            "keeper_user_id": "{manager}",
        }
    ),
    ("GET", "/v1/contacts/statistics"): Granted(),
    ("GET", "/v1/contacts/tags"): Granted(),
    ("GET", "/v1/contacts/duplicates"): Granted(),
    ("GET", "/v1/contacts/{contact_id}"): Granted(),
    ("PATCH", "/v1/contacts/{contact_id}"): Granted(
        body={"name": "Ana Maria", "keeper_user_id": "{manager}", "custom": {"plano": "ouro"}}
    ),
    ("PUT", "/v1/contacts/{contact_id}/block"): Granted(),
    ("DELETE", "/v1/contacts/{contact_id}/block"): Granted(),
    ("PUT", "/v1/contacts/{contact_id}/agent-off"): Granted(),
    ("DELETE", "/v1/contacts/{contact_id}/agent-off"): Granted(),
    ("POST", "/v1/contacts/{contact_id}/tags"): Granted(body={"tags": ["vip"]}),
    ("DELETE", "/v1/contacts/{contact_id}/tags"): Granted("tag=vip"),
    ("GET", "/v1/contacts/{contact_id}/consents"): Granted(),
    ("POST", "/v1/contacts/{contact_id}/consents"): Granted(body=MARK),
    ("GET", "/v1/contacts/{contact_id}/memories"): Granted(),
    ("DELETE", "/v1/contacts/{contact_id}/memories/{memory_id}"): Granted(),
    ("POST", "/v1/contacts/{contact_id}/merge"): Granted(body={"merged_id": "{other_contact}"}),
    ("GET", "/v1/pets"): Granted("contact_id={contact}&search=me&species=dog"),
    ("POST", "/v1/pets"): Granted(
        body={"contact_id": "{contact}", "name": "Pipoca", "species": "dog", "size": "small"}
    ),
    ("GET", "/v1/pets/{pet_id}"): Granted(),
    ("PATCH", "/v1/pets/{pet_id}"): Granted(body={"nickname": "Melzinha", "weight_grams": 7200}),
    ("PUT", "/v1/pets/{pet_id}/departure"): Granted(body={}, of=of(pet_id="third")),
    ("DELETE", "/v1/pets/{pet_id}/departure"): Granted(),
    ("GET", "/v1/pets/{pet_id}/photos"): Granted(),
    ("POST", "/v1/pets/{pet_id}/photos"): Granted(body={"media_id": "{media}", "is_main": True}),
    ("PUT", "/v1/pets/{pet_id}/photos/{media_id}/main"): Granted(of=of(media_id="photo")),
    ("DELETE", "/v1/pets/{pet_id}/photos/{media_id}"): Granted(of=of(media_id="photo")),
    ("GET", "/v1/pets/{pet_id}/health-events"): Granted(),
    ("POST", "/v1/pets/{pet_id}/health-events"): Granted(body={"kind": "vaccine", "name": "V10", "done_on": "{today}"}),
    ("POST", "/v1/pets/{pet_id}/health-alerts"): Granted(
        body={"kind": "behaviour_critical", "severity": "high", "description": "Mordeu"}
    ),
    ("GET", "/v1/health-alerts"): Granted("pet_id={pet}"),
    ("GET", "/v1/health-alerts/overdue"): Granted(),
    ("POST", "/v1/health-alerts/{alert_id}/resolution"): Granted(),
    ("POST", "/v1/health-events/{event_id}/verification"): Granted(body={"due_on": "{next_month}"}),
    ("DELETE", "/v1/health-events/{event_id}"): Granted(),
    ("GET", "/v1/availability"): Granted(
        "service_id={service}&pet_id={pet}&pet_id={other_pet}&addon_id={addon}&day={day}"
    ),
    ("GET", "/v1/bookings"): Granted("contact_id={contact}&pet_id={pet}&service_id={service}&from_day={today}"),
    ("POST", "/v1/bookings"): Granted(
        body={
            "contact_id": "{contact}",
            "items": [
                {"pet_id": "{pet}", "service_id": "{service}", "addon_ids": ["{addon}"], "starts_at": "{later}"},
            ],
        }
    ),
    ("GET", "/v1/bookings/{booking_id}"): Granted(),
    ("PATCH", "/v1/bookings/{booking_id}"): Granted(body={"notes": "Traz a coleira"}),
    ("PUT", "/v1/bookings/{booking_id}/price"): Granted(body={"price_cents": 5000}),
    ("POST", "/v1/bookings/{booking_id}/rescheduling"): Granted(body={"starts_at": "{later}"}),
    ("POST", "/v1/bookings/{booking_id}/cancellation"): Granted(body={"reason": "viagem"}),
    ("POST", "/v1/bookings/{booking_id}/confirmation"): Granted(of=of(booking_id="requested")),
    ("POST", "/v1/bookings/{booking_id}/attendance"): Granted(),
    ("POST", "/v1/bookings/{booking_id}/start"): Granted(),
    ("POST", "/v1/bookings/{booking_id}/completion"): Granted(
        body={"notes": "calma", "medication": "vermífugo"}, of=of(booking_id="running")
    ),
    ("POST", "/v1/bookings/{booking_id}/no-show"): Granted(body={"reason": "não veio"}, of=of(booking_id="missed")),
    ("GET", "/v1/booking-series"): Granted("contact_id={contact}"),
    ("POST", "/v1/booking-series"): Granted(body={"booking_id": "{repeatable}", "every": 2, "unit": "week"}),
    ("GET", "/v1/booking-series/{series_id}"): Granted(),
    ("POST", "/v1/booking-series/{series_id}/ending"): Granted(body={"cancels_booked": True}),
    ("GET", "/v1/waitlist"): Granted("contact_id={contact}"),
    ("POST", "/v1/waitlist"): Granted(
        body={
            "pet_id": "{third}",
            "service_id": "{all_day}",
            "addon_ids": ["{addon}"],
            "from_day": "{full_day}",
            "until_day": "{full_day}",
        }
    ),
    ("DELETE", "/v1/waitlist/{entry_id}"): Granted(),
    ("GET", "/v1/stays"): Granted("contact_id={contact}&pet_id={pet}"),
    ("POST", "/v1/stays"): Granted(
        body={"pet_id": "{pet}", "room_type_id": "{room_type}", "from_day": "{full_day}", "until_day": "{next_month}"}
    ),
    ("GET", "/v1/stays/availability"): Granted("kind=hotel&from_day={day}&until_day={full_day}"),
    ("GET", "/v1/stays/offers"): Granted("kind=hotel&pet_id={pet}&from_day={full_day}&until_day={next_month}"),
    ("GET", "/v1/stays/reports-pending"): Granted(),
    ("GET", "/v1/stays/{stay_id}"): Granted(),
    ("POST", "/v1/stays/{stay_id}/assessment"): Granted(body={"vaccines_ok": True}),
    ("POST", "/v1/stays/{stay_id}/approval"): Granted(of=of(stay_id="assessed")),
    ("PUT", "/v1/stays/{stay_id}/dates"): Granted(body={"from_day": "{day}", "until_day": "{full_day}"}),
    ("POST", "/v1/stays/{stay_id}/cancellation"): Granted(body={"reason": "viagem adiada"}),
    ("POST", "/v1/stays/{stay_id}/arrival"): Granted(body=ARRIVAL, of=of(stay_id="arriving")),
    ("POST", "/v1/stays/{stay_id}/departure"): Granted(body={"condition": "calma"}, of=of(stay_id="there")),
    ("POST", "/v1/stays/{stay_id}/activities"): Granted(
        body={"kind": "rest", "text": "Dormiu", "media_id": "{media}"}, of=of(stay_id="there")
    ),
    ("POST", "/v1/stays/{stay_id}/report"): Granted(of=of(stay_id="there")),
    ("PUT", "/v1/stays/{stay_id}/monitoring"): Granted(body={"ways": ["cameras"]}),
    ("GET", "/v1/stays/{stay_id}/suggestions"): Granted(),
    ("POST", "/v1/stays/{stay_id}/extras"): Granted(body={"service_id": "{all_day}"}),
    ("DELETE", "/v1/stays/{stay_id}/extras/{service_id}"): Granted(),
    ("GET", "/v1/training-plans"): Granted("contact_id={contact}&pet_id={pet}"),
    ("POST", "/v1/training-plans"): Granted(body={**TOLD, "pet_id": "{pet}"}),
    ("GET", "/v1/training-plans/{plan_id}"): Granted(of=of(plan_id="running_plan")),
    ("PATCH", "/v1/training-plans/{plan_id}"): Granted(body={"place": "park", "session_minutes": 45}),
    ("PUT", "/v1/training-plans/{plan_id}/price"): Granted(body={"session_cents": 9000}),
    ("POST", "/v1/training-plans/{plan_id}/rhythm"): Granted(
        body={"sessions_a_week": 2, "weeks": 4}, of=of(plan_id="told")
    ),
    ("POST", "/v1/training-plans/{plan_id}/start"): Granted(body={"starts_on": "{day}", "at": "14:00"}),
    ("POST", "/v1/training-plans/{plan_id}/completion"): Granted(of=of(plan_id="over_plan")),
    ("POST", "/v1/training-plans/{plan_id}/cancellation"): Granted(
        body={"reason": "mudou"}, of=of(plan_id="running_plan")
    ),
    ("GET", "/v1/training-sessions"): Granted("plan_id={running_plan}"),
    ("GET", "/v1/training-sessions/days"): Granted("from_day={day}&until_day={full_day}"),
    ("POST", "/v1/training-sessions/{session_id}/rescheduling"): Granted(
        body={"day": "{full_day}", "at": "15:00"}, of=of(session_id="training")
    ),
    ("POST", "/v1/training-sessions/{session_id}/completion"): Granted(body=OUTCOME, of=of(session_id="held_session")),
    ("POST", "/v1/training-sessions/{session_id}/absence"): Granted(of=of(session_id="held_session")),
    ("POST", "/v1/training-sessions/{session_id}/cancellation"): Granted(of=of(session_id="training")),
    ("GET", "/v1/imports"): Granted(),
    ("POST", "/v1/imports"): Granted("file_name=clientes.csv", body=FILE),
    ("GET", "/v1/imports/{import_id}"): Granted(),
    ("GET", "/v1/imports/{import_id}/rows"): Granted(),
    ("POST", "/v1/imports/{import_id}/run"): Granted(),
    ("POST", "/v1/imports/{import_id}/cancellation"): Granted(),
    ("GET", "/v1/imports/{import_id}/export"): Granted(),
    ("GET", "/v1/exports"): Granted(),
    ("POST", "/v1/exports"): Granted(body={"kind": "contact", "contact_id": "{contact}"}),
    ("GET", "/v1/exports/{job_id}"): Granted(of=of(job_id="export")),
    ("POST", "/v1/exports/{job_id}/cancellation"): Granted(of=of(job_id="export")),
    ("GET", "/v1/erasures"): Granted(),
    ("POST", "/v1/erasures"): Granted(body={"contact_id": "{contact}"}),
    ("GET", "/v1/erasures/{job_id}"): Granted(of=of(job_id="erasure")),
    ("GET", "/v1/blocked-times"): Granted(),
    ("POST", "/v1/blocked-times"): Granted(
        body={"starts_at": "{later}", "ends_at": "{much_later}", "staff_id": "{staff_member}"}
    ),
    ("DELETE", "/v1/blocked-times/{blocked_id}"): Granted(),
    ("GET", "/v1/channel-accounts"): Granted(),
    ("POST", "/v1/channel-accounts"): Granted(
        body={"code": "{signup}", "phone_number_id": "{number}", "business_id": "{business}"}, is_kept=True
    ),
    ("DELETE", "/v1/channel-accounts/{account_id}"): Granted(of=of(account_id="old_number"), is_kept=True),
    ("POST", "/v1/channel-accounts/{account_id}/health-check"): Granted(of=of(account_id="connected"), is_kept=True),
    ("POST", "/v1/channel-accounts/{account_id}/registration"): Granted(
        body={"pin": "123456"}, of=of(account_id="connected"), is_kept=True
    ),
    ("GET", "/v1/custom-fields"): Granted(),
    ("POST", "/v1/custom-fields"): Granted(body={"subject": "pet", "name": "racao", "label": "Ração", "kind": "text"}),
    ("PATCH", "/v1/custom-fields/{field_id}"): Granted(body={"label": "Plano da casa"}),
    ("DELETE", "/v1/custom-fields/{field_id}"): Granted(),
    ("GET", "/v1/escalations"): Granted(),
    ("GET", "/v1/escalations/statistics"): Granted(),
    ("PUT", "/v1/escalations/{escalation_id}/agent"): Granted(body={"is_on": False}, of=of(escalation_id="question")),
    ("POST", "/v1/escalations/{escalation_id}/answer"): Granted(
        body={"answer": "Sim, às terças.", "teach": True}, of=of(escalation_id="question")
    ),
    ("GET", "/v1/knowledge/documents"): Granted(),
    ("POST", "/v1/knowledge/documents"): Granted(body={"kind": "text", "title": "Preços", "text": "Banho: R$ 70."}),
    ("DELETE", "/v1/knowledge/documents/{document_id}"): Granted(),
    ("POST", "/v1/knowledge/documents/{document_id}/reading"): Granted(),
    ("GET", "/v1/knowledge/entries"): Granted(),
    ("POST", "/v1/knowledge/entries"): Granted(body={"question": "Atendem gatos?", "answer": "Sim."}),
    ("PATCH", "/v1/knowledge/entries/{entry_id}"): Granted(body={"answer": "Cinco vagas."}, of=of(entry_id="answer")),
    ("DELETE", "/v1/knowledge/entries/{entry_id}"): Granted(of=of(entry_id="answer")),
    ("GET", "/v1/knowledge/search"): Granted("question=tem+estacionamento"),
    ("GET", "/v1/knowledge/similar"): Granted("question=tem+estacionamento"),
    ("GET", "/v1/knowledge/statistics"): Granted(),
    ("GET", "/v1/knowledge/untaught"): Granted(),
    ("POST", "/v1/knowledge/uploads"): Granted(body={"size": 1000}),
    ("GET", "/v1/opening-hours"): Granted(),
    ("PUT", "/v1/opening-hours"): Granted(body=WEEK),
    ("GET", "/v1/organization"): Granted(),
    ("GET", "/v1/owner-numbers"): Granted(),
    ("PUT", "/v1/owner-numbers"): Granted(
        body={"numbers": [{"phone": "+5511987654321", "name": "Helena", "is_primary": True}]}
    ),
    ("GET", "/v1/products"): Granted(),
    ("POST", "/v1/products"): Granted(body={"name": "Coleira", "price_cents": 4000}),
    ("GET", "/v1/products/{product_id}"): Granted(),
    ("PATCH", "/v1/products/{product_id}"): Granted(body={"price_cents": 16000}),
    ("DELETE", "/v1/products/{product_id}"): Granted(),
    ("POST", "/v1/products/{product_id}/stock-changes"): Granted(body={"by": 5}),
    ("GET", "/v1/resources"): Granted(),
    ("POST", "/v1/resources"): Granted(body={"name": "Mesa 2", "kind": "table"}),
    ("PATCH", "/v1/resources/{resource_id}"): Granted(body={"capacity": 2}),
    ("DELETE", "/v1/resources/{resource_id}"): Granted(),
    ("GET", "/v1/room-types"): Granted(),
    ("POST", "/v1/room-types"): Granted(body={"kind": "hotel", "name": "Chalé", "capacity": 2, "daily_cents": 12000}),
    ("PATCH", "/v1/room-types/{room_type_id}"): Granted(body={"daily_cents": 11000}),
    ("DELETE", "/v1/room-types/{room_type_id}"): Granted(),
    ("PUT", "/v1/room-types/{room_type_id}/rates"): Granted(body={"rates": [{"size": "small", "daily_cents": 9000}]}),
    ("GET", "/v1/services"): Granted(),
    ("POST", "/v1/services"): Granted(
        body={"name": "Tosa", "duration_minutes": 90, "price_cents": 9000, "prerequisite_id": "{service}"}
    ),
    ("GET", "/v1/services/{service_id}"): Granted(),
    ("PATCH", "/v1/services/{service_id}"): Granted(body={"price_cents": 8000, "prerequisite_id": "{all_day}"}),
    ("DELETE", "/v1/services/{service_id}"): Granted(),
    ("PUT", "/v1/services/{service_id}/add-ons"): Granted(body={"addon_ids": ["{addon}"]}),
    ("PUT", "/v1/services/{service_id}/prices"): Granted(
        body={"prices": [{"size": "small", "price_cents": 6000, "duration_minutes": 60}]}
    ),
    ("PUT", "/v1/services/{service_id}/staff"): Granted(body={"staff_ids": ["{staff_member}"]}),
    ("GET", "/v1/settings"): Granted(),
    ("PATCH", "/v1/settings"): Granted(body={"agent": {"name": "Luna"}, "booking": {"horizon_days": 60}}),
    ("POST", "/v1/settings/voice-preview"): Granted(body={"style": "friendly"}),
    ("GET", "/v1/special-days"): Granted(),
    ("PUT", "/v1/special-days/{day}"): Granted(body={"label": "Véspera"}),
    ("DELETE", "/v1/special-days/{day}"): Granted(of=of(day="special_day")),
    ("GET", "/v1/staff-members"): Granted(),
    ("POST", "/v1/staff-members"): Granted(body={"name": "Caio", "user_id": "{staff}"}),
    ("PATCH", "/v1/staff-members/{staff_id}"): Granted(
        body={"user_id": "{staff}", "is_vet": True}, of=of(staff_id="staff_member")
    ),
    ("DELETE", "/v1/staff-members/{staff_id}"): Granted(of=of(staff_id="staff_member")),
    ("PUT", "/v1/staff-members/{staff_id}/hours"): Granted(body=WEEK, of=of(staff_id="staff_member")),
    ("GET", "/v1/wordings"): Granted(),
    ("POST", "/v1/wordings"): Granted(body={"kind": "closing", "text": "Até logo, {{customer}}!"}),
    ("POST", "/v1/wordings/preview"): Granted(body={"text": "Oi, {{customer}}!"}),
    ("PATCH", "/v1/wordings/{wording_id}"): Granted(body={"is_active": False}),
    ("DELETE", "/v1/wordings/{wording_id}"): Granted(),
}

# What some of them take in place of it.
ALSO: dict[Route, Granted] = {
    ("POST", "/v1/blocked-times"): Granted(
        body={"starts_at": "{later}", "ends_at": "{much_later}", "resource_id": "{resource}"}
    ),
    ("POST", "/v1/conversations/{conversation_id}/messages"): Granted(body={"type": "file", "media_id": "{media}"}),
}
