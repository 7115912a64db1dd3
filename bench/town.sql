-- A town of `town.shops` shops and ninety days of what they have done: the first with `town.biggest` customers, each of the
-- others with twenty.
-- Triggers and references rest meanwhile; an id tells when its row was written, as in real life.
SET session_replication_role = replica;
SET search_path = public;

CREATE FUNCTION pg_temp.id_at(moment timestamptz, what text) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(what), 1, 3) || '8' || substr(md5(what), 4, 15))::uuid;

-- The months before the first partition.
DO $$
DECLARE
  month timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC' - interval '92 days') AT TIME ZONE 'UTC';
  parent text;
  part text;
BEGIN
  WHILE month < date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' LOOP
    FOREACH parent IN ARRAY ARRAY['messages', 'turn_steps', 'audit'] LOOP
      part := format('%s_%s', parent, to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'));
      IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
          part, parent, app.uuid_floor(month), app.uuid_floor(month + interval '1 month'));
        CALL app.protect(part::regclass);
      END IF;
    END LOOP;
    month := month + interval '1 month';
  END LOOP;
END
$$;

CREATE TEMPORARY TABLE shops AS
SELECT number, pg_temp.id_at(now() - interval '91 days', 'shop ' || number) AS id,
  CASE number WHEN 1 THEN current_setting('town.biggest')::integer ELSE 20 END AS customers
FROM generate_series(1, current_setting('town.shops')::integer) AS number;

INSERT INTO organizations (id, name, slug) SELECT id, 'Shop ' || number, 'shop-' || number FROM shops;
INSERT INTO organization_settings (organization_id, shop_name) SELECT id, 'Shop ' || number FROM shops;
INSERT INTO opening_hours (organization_id, weekday, opens, closes)
SELECT id, day, '08:00', '18:00' FROM shops, generate_series(0, 5) AS day;
INSERT INTO channel_accounts (organization_id, id, channel, external_id, business_id, display_name)
SELECT id, id, 'whatsapp', 1000000 + number, number, 'Shop ' || number FROM shops;
INSERT INTO users (id, email, name, password_hash)
SELECT pg_temp.id_at(now() - interval '91 days', format('user %s %s', number, person)), format('u%s.%s@example.com', person, number), 'Bia', 'none'
FROM shops, generate_series(1, 3) AS person;
INSERT INTO memberships (organization_id, user_id, role)
SELECT id, pg_temp.id_at(now() - interval '91 days', format('user %s %s', number, person)), CASE person WHEN 1 THEN 'owner' ELSE 'staff' END
FROM shops, generate_series(1, 3) AS person;
INSERT INTO authorized_owner_numbers (organization_id, phone, name, is_primary)
SELECT id, '+55119' || lpad((number + 90000000)::text, 8, '0'), 'Bia', true FROM shops;
INSERT INTO services (organization_id, id, name, duration, price_cents, category)
SELECT id, pg_temp.id_at(now() - interval '91 days', format('service %s %s', number, service)), 'Banho ' || service, '1 hour', 8000, 'grooming'
FROM shops, generate_series(1, 8) AS service;
INSERT INTO service_prices (organization_id, service_id, size, price_cents, duration)
SELECT id, pg_temp.id_at(now() - interval '91 days', format('service %s %s', number, service)), 'large', 9000, '90 minutes'
FROM shops, generate_series(1, 8) AS service;
INSERT INTO room_types (organization_id, id, kind, name, capacity, daily_cents)
SELECT id, pg_temp.id_at(now() - interval '91 days', 'room ' || number), 'hotel', 'Suite', 20, 9000 FROM shops;
INSERT INTO pipeline_stages (organization_id, id, name, position)
SELECT id, pg_temp.id_at(now() - interval '91 days', format('stage %s %s', number, place)), 'Stage ' || place, place
FROM shops, generate_series(1, 4) AS place;
INSERT INTO products (organization_id, name, price_cents)
SELECT id, 'Coleira ' || product, 3000 FROM shops, generate_series(1, 12) AS product;
INSERT INTO wordings (organization_id, kind, text)
SELECT id, 'greeting', format('Olá! Até %s.', wording) FROM shops, generate_series(1, 6) AS wording;
INSERT INTO knowledge_entries (organization_id, id, question, answer)
SELECT id, pg_temp.id_at(now() - interval '80 days', format('entry %s %s', number, entry)), 'Vocês atendem ' || entry || '?', 'Sim.'
FROM shops, generate_series(1, 30) AS entry;

-- Each customer writes for five days, and as many begin on every day; who began a week ago still talks.
CREATE TEMPORARY TABLE talks AS
SELECT s.id AS shop, s.number, customer, begun, least(interval '5 days', now() - begun) / 50 AS pause,
  pg_temp.id_at(begun, format('contact %s %s', s.number, customer)) AS contact,
  pg_temp.id_at(begun, format('talk %s %s', s.number, customer)) AS id,
  pg_temp.id_at(begun, format('pet %s %s', s.number, customer)) AS pet,
  pg_temp.id_at(now() - interval '91 days', format('service %s %s', s.number, 1 + customer % 8)) AS service,
  CASE WHEN begun < now() - interval '10 days' THEN 'closed' ELSE (ARRAY['ai', 'waiting_human', 'human', 'ai'])[1 + customer % 4] END AS state
FROM shops s, generate_series(1, s.customers) AS customer,
  LATERAL (SELECT now() - interval '89 days' * ((customer - 0.5) / s.customers)) AS started (begun);

INSERT INTO contacts (organization_id, id, name, phone, created_at, tags)
SELECT shop, contact, format('Cliente %s', customer), '+55118' || lpad((number * 10000 + customer)::text, 8, '0'), begun,
  CASE WHEN customer % 5 = 0 THEN '{vip}'::text[] ELSE '{}' END
FROM talks;
INSERT INTO contact_identities (organization_id, channel, kind, value, contact_id)
SELECT shop, 'whatsapp', 'wa_id', '55118' || lpad((number * 10000 + customer)::text, 8, '0'), contact FROM talks;
INSERT INTO pets (organization_id, id, contact_id, name, species, created_at)
SELECT shop, pet, contact, (ARRAY['Thor', 'Mel', 'Luna', 'Bob'])[1 + customer % 4] || customer, 'dog', begun FROM talks;
INSERT INTO memories (organization_id, id, contact_id, key, value, confidence, source)
SELECT shop, pg_temp.id_at(begun, 'memory' || id || n), contact, 'likes_' || n, 'banho', 90, 'said' FROM talks, generate_series(1, 2) n;
INSERT INTO health_events (organization_id, id, pet_id, kind, name, done_on, due_on, recorded_by)
SELECT shop, pg_temp.id_at(begun, 'health' || id), pet, 'vaccine', 'V10', begun::date - 300, begun::date + 5, 'test' FROM talks;
INSERT INTO health_alerts (organization_id, id, pet_id, kind, severity, description, raised_by, raised_at)
SELECT shop, pg_temp.id_at(begun, 'alert' || id), pet, 'medication_urgent', 'medium', 'Toma remédio', 'test', begun FROM talks WHERE customer % 10 = 0;
INSERT INTO leads (organization_id, id, contact_id, stage, score, pipeline_stage_id, first_contact_at, last_contact_at)
SELECT shop, pg_temp.id_at(begun, 'lead' || id), contact, (ARRAY['new', 'qualifying', 'hot', 'converted'])[1 + customer % 4], customer % 101,
  CASE WHEN customer % 3 = 0 THEN pg_temp.id_at(now() - interval '91 days', format('stage %s %s', number, 1 + customer % 4)) END,
  begun, begun + pause * 49
FROM talks;
INSERT INTO lead_events (organization_id, id, contact_id, kind, detail, created_by, created_at)
SELECT shop, pg_temp.id_at(begun, 'event' || id || n), contact, 'assigned', '{}', 'system', begun FROM talks, generate_series(1, 3) n;

INSERT INTO conversations (organization_id, id, contact_id, channel_account_id, state, reply_to, unread_count, last_message_at,
  last_inbound_at, handoff_at, handoff_reason, assigned_user_id, closed_at, created_at)
SELECT shop, id, contact, shop, state, '55118' || lpad((number * 10000 + customer)::text, 8, '0'), customer % 3,
  begun + pause * 49, begun + pause * 48,
  CASE WHEN state IN ('waiting_human', 'human') THEN begun + pause * 47 END, CASE WHEN state IN ('waiting_human', 'human') THEN 'requested' END,
  CASE WHEN state = 'human' THEN pg_temp.id_at(now() - interval '91 days', format('user %s 2', number)) END,
  CASE WHEN state = 'closed' THEN begun + interval '6 days' END, begun
FROM talks;
INSERT INTO conversation_moves (organization_id, id, conversation_id, from_state, to_state, actor, moved_at)
SELECT shop, pg_temp.id_at(begun + pause * 47, 'move' || id), id, 'ai', 'waiting_human', 'system', begun + pause * 47
FROM talks WHERE customer % 4 = 1;
INSERT INTO conversation_notes (organization_id, id, conversation_id, author, text)
SELECT shop, pg_temp.id_at(begun + pause * 47, 'note' || id), id, 'user', 'Prefere de manhã.' FROM talks WHERE customer % 5 = 0;
INSERT INTO staff_tasks (organization_id, id, conversation_id, kind, detail, done_at, created_at)
SELECT shop, pg_temp.id_at(begun, 'task' || id), id, 'handoff', 'requested', CASE WHEN state = 'closed' THEN begun + interval '1 day' END, begun
FROM talks WHERE customer % 4 = 1;
INSERT INTO notifications (organization_id, id, kind, conversation_id, created_at, archived_at)
SELECT shop, pg_temp.id_at(begun + pause * n, 'notification' || id || n), 'handoff', id, begun, CASE WHEN state = 'closed' THEN begun END
FROM talks, generate_series(1, 2) n;
INSERT INTO escalations (organization_id, id, conversation_id, question, state, answer, created_at)
SELECT shop, pg_temp.id_at(begun, 'question' || id), id, 'Vocês fazem tosa de coelho?',
  CASE WHEN state = 'closed' THEN 'answered' ELSE 'pending' END, CASE WHEN state = 'closed' THEN 'Sim.' END, begun
FROM talks WHERE customer % 10 = 0;
INSERT INTO security_incidents (organization_id, id, conversation_id, kind, severity, layer, action, rules, created_at)
SELECT shop, pg_temp.id_at(begun, 'incident' || id), id, 'injection_attempt', 'medium', 'input', 'flagged', '{rule}', begun
FROM talks WHERE customer % 20 = 0;
INSERT INTO dead_letters (organization_id, id, queue, message_id, body, receives, conversation_id, state)
SELECT shop, pg_temp.id_at(begun, 'letter' || id), 'inbound', id::text, '{}', 3, id, 'kept' FROM talks WHERE customer % 20 = 0;

-- A visit of each customer, and one that is still to come of every tenth.
CREATE TEMPORARY TABLE visits AS
SELECT shop, contact, pet, service, pg_temp.id_at(begun, format('booking %s %s', id, n)) AS id,
  CASE n WHEN 1 THEN 1 + customer % 20 ELSE 1 + customer / 300 % 20 END AS place,
  date_trunc('hour', CASE n WHEN 1 THEN begun + interval '3 days' ELSE now() + make_interval(days => 10 + customer / 10 % 30) END)
    + make_interval(mins => customer % 60) AS starts_at, n, begun
FROM talks, generate_series(1, 2) AS n WHERE n = 1 OR customer % 10 = 0;
INSERT INTO bookings (organization_id, id, contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source, created_at)
SELECT shop, id, contact, pet, service, starts_at, starts_at + interval '1 hour', 8000,
  CASE WHEN starts_at < now() THEN 'completed' ELSE 'confirmed' END, 'agent', begun
FROM visits;
INSERT INTO booking_places (organization_id, id, booking_id, number, starts_at, ends_at)
SELECT shop, id, id, place, starts_at, starts_at + interval '1 hour' FROM visits;
INSERT INTO booking_moves (organization_id, id, booking_id, to_status, to_starts_at, actor, moved_at)
SELECT shop, id, id, 'confirmed', starts_at, 'agent', begun FROM visits;
INSERT INTO booking_series (organization_id, id, contact_id, pet_id, service_id, every, unit, starts_on, at)
SELECT shop, pg_temp.id_at(begun, 'series' || id), contact, pet, service, 2, 'week', begun::date, '10:00' FROM talks WHERE customer % 20 = 0;
INSERT INTO waitlist_entries (organization_id, id, contact_id, conversation_id, pet_id, service_id, from_day, until_day, created_at)
SELECT shop, pg_temp.id_at(begun, 'wait' || id), contact, id, pet, service, begun::date, begun::date + 7, begun FROM talks WHERE customer % 20 = 1;
INSERT INTO stays (organization_id, id, contact_id, pet_id, room_type_id, from_day, until_day, state, daily_cents, total_cents, source,
  vaccines_ok, deworming_ok, assessed_at, arrived_at, left_at)
SELECT shop, pg_temp.id_at(begun, 'stay' || id), contact, pet, pg_temp.id_at(now() - interval '91 days', 'room ' || number),
  begun::date + 1, begun::date + 3, CASE WHEN state = 'closed' THEN 'finished' ELSE 'awaiting_assessment' END, 9000, 18000, 'agent',
  true, true, begun, CASE WHEN state = 'closed' THEN begun + interval '1 day' END, CASE WHEN state = 'closed' THEN begun + interval '3 days' END
FROM talks WHERE customer % 10 = 3;
INSERT INTO training_plans (organization_id, id, contact_id, pet_id, source)
SELECT shop, pg_temp.id_at(begun, 'plan' || id), contact, pet, 'agent' FROM talks WHERE customer % 20 = 2;

-- Every fourth message is answered by a turn that has used a tool; every second one is the shop's.
CREATE TEMPORARY TABLE said AS
SELECT t.shop, t.id AS talk, n, begun + pause * n AS at, pg_temp.id_at(begun + pause * n, format('message %s %s', t.id, n)) AS id,
  CASE WHEN n % 4 = 3 THEN pg_temp.id_at(begun + pause * n, format('turn %s %s', t.id, n)) END AS turn
FROM talks t, generate_series(0, 49) AS n;
INSERT INTO turns (organization_id, id, conversation_id, fence, state, message_ids, intent, confidence, outcome, started_at, finished_at, sentiment)
SELECT shop, turn, talk, n, 'answered', ARRAY[id], (ARRAY['booking', 'question', 'price'])[1 + n % 3], 90, 'replied', at, at + interval '4 seconds', 'neutral'
FROM said WHERE turn IS NOT NULL;
INSERT INTO turn_steps (organization_id, id, turn_id, step, kind, content, recorded_at)
SELECT shop, pg_temp.id_at(at, 'step' || turn), turn, 1, 'tool', '{"name": "book_appointment", "result": "Agendado."}', at FROM said WHERE turn IS NOT NULL;
DROP INDEX messages_words;
INSERT INTO messages (organization_id, id, conversation_id, sender, kind, text, provider_id, provider_at, turn_id, delivery, recorded_at)
SELECT shop, id, talk, CASE WHEN n % 2 = 0 THEN 'customer' WHEN n % 10 = 9 THEN 'staff' ELSE 'agent' END, 'text',
  format('%s o %s do Thor às %s horas?', (ARRAY['Quero', 'Pode', 'Confirma', 'Quanto custa'])[1 + n % 4],
    (ARRAY['banho', 'passeio', 'corte', 'retorno', 'exame'])[1 + n % 5], n),
  'wamid.' || id, at, turn, CASE WHEN n % 2 = 1 THEN 'read' END, at
FROM said;
CREATE INDEX messages_words ON messages USING gin (app.words_of(organization_id, text))
  WITH (gin_pending_list_limit = 128) WHERE text <> '';
INSERT INTO message_keys (organization_id, channel_account_id, provider_id, message_id) SELECT shop, shop, 'wamid.' || id, id FROM said;
INSERT INTO media (organization_id, id, message_id, conversation_id, provider_media_id, kind, state, object_key, bytes, created_at)
SELECT shop, pg_temp.id_at(at, 'media' || id), id, talk, n, 'image', 'stored', 'k', 1000, at FROM said WHERE n = 20;
INSERT INTO audit (organization_id, id, table_name, row_key, row_id, operation, actor, after, recorded_at)
SELECT shop, pg_temp.id_at(at, 'audit' || id), 'contacts', '{}', id, 'update', 'user', '{"name": "Ana"}', at FROM said WHERE n % 10 = 0;

RESET session_replication_role;
