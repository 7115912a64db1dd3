"""What the database may hold and who may do what there: a table for each, and anything else is a finding."""

# Name, command, roles, which rows may be seen, which may be written.
type Policy = tuple[str, str, str, str | None, str | None]

# Tables without a tenant. No application role is granted anything on them: only definer functions reach them.
GLOBAL_TABLES = ("migrations", "organizations", "users")

# Two shops must never receive for the same number, so this one key looks across tenants.
KEYS_ACROSS_TENANTS = ("channel_accounts_receiving",)

TENANT = "(organization_id = ( SELECT app.current_organization() AS current_organization))"
TENANT_POLICY: Policy = ("tenant", "ALL", "auzap_app,auzap_owner", TENANT, TENANT)
WAITS = "((state = 'ai'::text) AND (answer_at IS NOT NULL))"
WAITING_MEDIA = "(state = 'waiting'::text)"
ON_THE_CLOCK = "(time_zone <> ''::text)"
OF_THE_SHOP = "(subject = organization_id)"
UNSENT = "(state = ANY (ARRAY['queued'::text, 'held'::text, 'sending'::text]))"

# Every policy that is not a tenant's own.
FURTHER_POLICIES: dict[str, set[Policy]] = {
    "organizations": {("lookup", "SELECT", "auzap_lookup", "(status <> 'closed'::text)", None)},
    "channel_accounts": {("lookup", "SELECT", "auzap_lookup", "(status <> 'disconnected'::text)", None)},
    "conversations": {
        ("lookup", "SELECT", "auzap_lookup", "(state <> 'closed'::text)", None),
        ("lookup_hint", "UPDATE", "auzap_lookup", WAITS, WAITS),
    },
    "outbox": {
        ("lookup", "SELECT", "auzap_lookup", UNSENT, None),
        ("lookup_hint", "UPDATE", "auzap_lookup", UNSENT, UNSENT),
    },
    "media": {
        ("lookup", "SELECT", "auzap_lookup", WAITING_MEDIA, None),
        ("lookup_hint", "UPDATE", "auzap_lookup", WAITING_MEDIA, WAITING_MEDIA),
    },
    "organization_settings": {("lookup", "SELECT", "auzap_lookup", ON_THE_CLOCK, None)},
    "job_runs": {("lookup", "SELECT", "auzap_lookup", OF_THE_SHOP, None)},
    "changes": {("record", "INSERT", "auzap_recorder", None, TENANT)},
    "audit": {("record", "INSERT", "auzap_recorder", None, TENANT)},
}

READ, ADD, CHANGE, REMOVE = "SELECT", "INSERT", "UPDATE", "DELETE"
EVERYTHING = {READ, ADD, CHANGE, REMOVE}

# What the application may do, table by table; anything else is a finding.
APPLICATION = {
    "audit": {READ},
    "authorized_owner_numbers": EVERYTHING,
    "blocked_times": EVERYTHING,
    "booking_addons": EVERYTHING,
    "booking_moves": {READ, ADD},
    "booking_places": EVERYTHING,
    "booking_series": {READ, ADD, CHANGE},
    "bookings": {READ, ADD, CHANGE},
    "changes": {READ},
    "changes(position)": {CHANGE},
    "channel_accounts": {READ, ADD, CHANGE},
    "channel_events": {READ, ADD},
    "consents": {READ, ADD},
    "consents(contact_id)": {CHANGE},
    "contact_identities": EVERYTHING,
    "contact_merges": {READ, ADD},
    "contacts": EVERYTHING,
    "conversation_moves": {READ, ADD},
    "conversation_notes": {READ, ADD, REMOVE},
    "conversation_notes(conversation_id)": {CHANGE},
    "conversations": {READ, ADD, CHANGE},
    "custom_fields": EVERYTHING,
    "dead_letters": {READ, ADD, CHANGE},
    "escalations": {READ, ADD, CHANGE},
    "health_alerts": {READ, ADD, CHANGE},
    "health_events": EVERYTHING,
    "idempotency_keys": EVERYTHING,
    "import_rows": EVERYTHING,
    "imports": {READ, ADD, CHANGE},
    "job_runs": {READ, ADD, REMOVE},
    "knowledge_chunks": EVERYTHING,
    "knowledge_documents": EVERYTHING,
    "knowledge_entries": EVERYTHING,
    "lead_events": {READ, ADD},
    "lead_events(contact_id)": {CHANGE},
    "leads": EVERYTHING,
    "media": {READ, ADD, CHANGE},
    "memberships": EVERYTHING,
    "memories": EVERYTHING,
    "message_keys": {READ, ADD},
    "message_templates": EVERYTHING,
    "messages": {READ, ADD, CHANGE},
    "notifications": {READ, ADD, CHANGE},
    "opening_hours": EVERYTHING,
    "organization_keys": {READ, ADD},
    "organization_settings": {READ, CHANGE},
    "outbox": {READ, ADD, CHANGE},
    "pending_actions": {READ, ADD, CHANGE},
    "pet_photos": EVERYTHING,
    "pets": EVERYTHING,
    "pipeline_stages": EVERYTHING,
    "products": EVERYTHING,
    "raw_elements": {READ, ADD},
    "raw_elements(element)": {CHANGE},
    "resources": EVERYTHING,
    "room_rates": EVERYTHING,
    "room_types": EVERYTHING,
    "security_incidents": {READ, ADD, CHANGE},
    "sending_pace": {READ, ADD, CHANGE},
    "service_addons": EVERYTHING,
    "service_prices": EVERYTHING,
    "service_staff": EVERYTHING,
    "services": EVERYTHING,
    "special_days": EVERYTHING,
    "staff_hours": EVERYTHING,
    "staff_members": EVERYTHING,
    "staff_tasks": {READ, ADD, CHANGE},
    "stay_activities": EVERYTHING,
    "stay_days": EVERYTHING,
    "stay_extras": EVERYTHING,
    "stay_moves": {READ, ADD},
    "stay_reports": {READ, ADD},
    "stays": {READ, ADD, CHANGE},
    "training_plans": {READ, ADD, CHANGE},
    "training_sessions": {READ, ADD, CHANGE},
    "turn_steps": {READ, ADD},
    "turns": {READ, ADD, CHANGE},
    "usage_counters": {READ, ADD, CHANGE},
    "waitlist_entries": {READ, ADD, CHANGE},
    "wordings": EVERYTHING,
}
LOOKUP = {
    "channel_accounts": {READ},
    "conversations": {READ},
    "conversations(hinted_at)": {CHANGE},
    "job_runs(job)": {READ},
    "job_runs(nominal_at)": {READ},
    "job_runs(organization_id)": {READ},
    "job_runs(subject)": {READ},
    "media": {READ},
    "media(hinted_at)": {CHANGE},
    "organization_settings(organization_id)": {READ},
    "organization_settings(time_zone)": {READ},
    "organizations": {READ},
    "outbox": {READ},
    "outbox(hinted_at)": {CHANGE},
}
RECORDER = {"audit": {ADD}, "changes": {ADD}}
GRANTS = {"auzap_app": APPLICATION, "auzap_lookup": LOOKUP, "auzap_recorder": RECORDER}

# Who may call what in the schema app, beside its owner. A trigger's function needs no grant to fire.
ROUTINES = {
    "app.age_in_months(date,date)": {"auzap_app"},
    "app.apply_status(uuid,text,jsonb)": {"auzap_app"},
    "app.begin_tenant(uuid,text)": {"auzap_app", "auzap_owner"},
    "app.check_booking_is_placed()": set[str](),
    "app.check_booking_move()": set[str](),
    "app.check_booking_place()": set[str](),
    "app.check_conversation_move()": set[str](),
    "app.check_plan_move()": set[str](),
    "app.check_stay_day()": set[str](),
    "app.check_stay_is_placed()": set[str](),
    "app.check_stay_move()": set[str](),
    "app.check_training_session()": set[str](),
    "app.choose_person()": {"auzap_app"},
    "app.claim_outbox(uuid,text,uuid,interval)": {"auzap_app"},
    "app.claim_turn(uuid,text,uuid,uuid,uuid,interval,interval,integer,integer)": {"auzap_app"},
    "app.connected_accounts()": {"auzap_app"},
    "app.contact_of(text[],text[])": {"auzap_app"},
    "app.create_partitions(regclass,integer)": set[str](),
    "app.current_actor()": {"auzap_app", "auzap_lookup", "auzap_recorder"},
    "app.current_organization()": {"auzap_app", "auzap_lookup", "auzap_recorder"},
    "app.customer_card(uuid)": {"auzap_app"},
    "app.customer_standing(uuid)": {"auzap_app"},
    "app.drop_turn()": set[str](),
    "app.due_returns(integer)": {"auzap_app"},
    "app.earlier_talk(uuid,uuid,jsonb)": {"auzap_app"},
    "app.end_lease()": set[str](),
    "app.find_business_accounts(text,text)": {"auzap_app"},
    "app.find_channel_account(text,text)": {"auzap_app"},
    "app.finish_turn(uuid,text,jsonb)": {"auzap_app"},
    "app.heard(messages,uuid)": {"auzap_app"},
    "app.is_owner(text)": {"auzap_app"},
    "app.is_said_again(text,text,jsonb,text)": {"auzap_app"},
    "app.is_window_open(timestamp with time zone,timestamp with time zone)": {"auzap_app", "auzap_lookup"},
    "app.last_health_events()": {"auzap_app"},
    "app.lead_stage(text,integer)": {"auzap_app"},
    "app.meter_turn()": set[str](),
    "app.named_contacts(text[],text[],text[],text)": {"auzap_app"},
    "app.now()": {"auzap_app", "auzap_lookup", "auzap_recorder"},
    "app.overdue_health(date)": {"auzap_app"},
    "app.protect(regclass)": set[str](),
    "app.put_outbox_in_order(uuid,text,boolean,boolean,boolean,interval)": {"auzap_app"},
    "app.question_quoted(uuid,text)": {"auzap_app"},
    "app.record_audit()": {"auzap_owner"},
    "app.record_booking_move()": set[str](),
    "app.record_change()": {"auzap_owner"},
    "app.record_conversation_move()": set[str](),
    "app.record_message(uuid,text,jsonb)": {"auzap_app"},
    "app.record_sent(uuid,text,uuid,uuid,uuid,text)": {"auzap_app"},
    "app.record_stay_move()": set[str](),
    "app.renew_settings_version()": set[str](),
    "app.said_before(uuid,uuid[],integer,integer)": {"auzap_app"},
    "app.score_lead(uuid,jsonb)": {"auzap_app"},
    "app.set_expiry()": set[str](),
    "app.shop()": {"auzap_app"},
    "app.shop_clocks(timestamp with time zone)": {"auzap_app"},
    "app.silence_agent()": set[str](),
    "app.spent_before(turns)": {"auzap_app"},
    "app.take_back(uuid,uuid,text,text)": {"auzap_app"},
    "app.unhinted_conversations(integer)": {"auzap_app"},
    "app.unhinted_media(integer)": {"auzap_app"},
    "app.unhinted_outbox(integer)": {"auzap_app"},
    "app.unsummarized_handoffs(integer)": {"auzap_app"},
    "app.uuid_floor(timestamp with time zone)": set[str](),
    "app.vaccine_family(text)": {"auzap_app"},
    "app.write_anew(uuid,uuid,text,text,timestamp with time zone)": {"auzap_app"},
}

# Functions that run as their owner. The trigger on settings belongs to the owner of the tables, because it must write
# organizations, which no other role may; it can only be fired, and only ever counts up the version of its own row's tenant.
DEFINERS = {
    "app.begin_tenant(uuid,text)": "auzap_lookup",
    "app.connected_accounts()": "auzap_lookup",
    "app.due_returns(integer)": "auzap_lookup",
    "app.find_business_accounts(text,text)": "auzap_lookup",
    "app.find_channel_account(text,text)": "auzap_lookup",
    "app.record_audit()": "auzap_recorder",
    "app.record_change()": "auzap_recorder",
    "app.renew_settings_version()": "auzap_owner",
    "app.shop_clocks(timestamp with time zone)": "auzap_lookup",
    "app.unhinted_conversations(integer)": "auzap_lookup",
    "app.unhinted_media(integer)": "auzap_lookup",
    "app.unhinted_outbox(integer)": "auzap_lookup",
    "app.unsummarized_handoffs(integer)": "auzap_lookup",
}
PINNED = ["search_path=pg_catalog, pg_temp"]

ROLES_OF_THE_HOUSE = ("auzap_app", "auzap_lookup", "auzap_owner", "auzap_recorder")
