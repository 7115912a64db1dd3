-- The inbox: what staff list, look for and do beside the agent, and the figures of days that are over.

-- Words as they are typed: without accents or case, and not cut to their stems, because a name has none.
CREATE TEXT SEARCH CONFIGURATION public.auzap_words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION public.auzap_words
  ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, pg_catalog.simple;

-- The words of a text, each with whose it is: such an index is searched for what one shop has said, however much others have.
CREATE FUNCTION app.words_of(organization uuid, said text) RETURNS tsvector
-- Not in SQL: it is planned once a connection, and not with each message.
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  mark CONSTANT text := right(organization::text, 12) || ':';
BEGIN
  RETURN array_to_tsvector(string_to_array(
    mark || array_to_string(tsvector_to_array(to_tsvector('public.auzap_words', said)), ' ' || mark), ' '));
END
$$;
GRANT EXECUTE ON FUNCTION app.words_of(uuid, text) TO auzap_app, auzap_lookup;

-- A short list of what is not yet sorted in, because every search reads all of it.
CREATE INDEX messages_words ON messages USING gin (app.words_of(organization_id, text))
  WITH (gin_pending_list_limit = 128) WHERE text <> '';
CREATE INDEX contacts_words ON contacts USING gin (app.words_of(
  organization_id, coalesce(name, '') || ' ' || coalesce(profile_name, '') || ' ' || coalesce(username, '')));

CREATE INDEX conversations_open_inbox ON conversations (organization_id, last_message_at DESC, id DESC) WHERE state <> 'closed';
CREATE INDEX pending_actions_of ON pending_actions (organization_id, conversation_id, id);
CREATE INDEX security_incidents_of ON security_incidents (organization_id, conversation_id, id);
CREATE INDEX leads_by_pipeline ON leads (organization_id, pipeline_stage_id, last_contact_at DESC, id DESC);

-- The same kinds, named in a function: a list that stands in a check is read anew by every statement that writes.
CREATE FUNCTION app.is_message_kind(kind text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
  RETURN kind IN (
    'text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts', 'reaction', 'button', 'interactive',
    'order', 'system', 'edit', 'revoke', 'request_welcome', 'template', 'unsupported');
END
$$;
GRANT EXECUTE ON FUNCTION app.is_message_kind(text) TO auzap_app;
ALTER TABLE messages
  DROP CONSTRAINT messages_kind_check,
  ADD CONSTRAINT messages_kind_check CHECK (app.is_message_kind(kind));

-- Who of the shop wrote it, where a person did.
ALTER TABLE messages ADD written_by text CHECK (length(written_by) <= 100);
-- Who has asked for it to be sent again, until that is done.
ALTER TABLE dead_letters ADD asked_by text, ADD asked_at timestamptz;

CREATE INDEX leads_by_score ON leads (organization_id, score DESC, id DESC);

ALTER TABLE staff_tasks ADD done_by text;
CREATE INDEX staff_tasks_done ON staff_tasks (organization_id, created_at, id) WHERE done_at IS NOT NULL;

-- The history of one row, and what one person has done.
CREATE INDEX audit_by_row ON audit (organization_id, table_name, row_id, id) WHERE row_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (organization_id, actor, id);

-- What an owner takes an answered message and an hour to be worth: the dashboard's estimate says which.
ALTER TABLE organization_settings
  ADD seconds_per_message integer NOT NULL DEFAULT 120 CHECK (seconds_per_message BETWEEN 1 AND 3600),
  ADD hour_value_cents integer NOT NULL DEFAULT 4500 CHECK (hour_value_cents BETWEEN 0 AND 1000000);

-- Of each day of the shop's own that is over, counted once: a dashboard adds up days, and not messages.
CREATE TABLE daily_figures (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  day date NOT NULL,
  metric text NOT NULL CHECK (length(metric) BETWEEN 1 AND 120),
  amount bigint NOT NULL,
  PRIMARY KEY (organization_id, day, metric)
);
CALL app.protect('daily_figures');
GRANT SELECT, INSERT ON daily_figures TO auzap_app;

-- The shop's own people among those who write, however Brazil's ninth digit is spelled: what they say to their agent is no
-- customer's. Asked once for a whole list.
CREATE FUNCTION app.owner_contacts() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(
  -- As rows of their own: a spelling that is made in the join would keep the index of phones from being used.
  SELECT DISTINCT p.id FROM public.authorized_owner_numbers o
  CROSS JOIN LATERAL unnest(ARRAY[o.phone, regexp_replace(o.phone, '^\+55(\d\d)9([6-9]\d{7})$', '+55\1\2'),
    regexp_replace(o.phone, '^\+55(\d\d)([6-9]\d{7})$', '+55\19\2')]) AS spelled (phone)
  JOIN public.contacts p ON p.phone = spelled.phone
  WHERE o.is_active);
GRANT EXECUTE ON FUNCTION app.owner_contacts() TO auzap_app;

-- Search: words are compared by what is not leakproof, so that row security would keep their indexes from being used. The
-- two functions below filter the tenant themselves, and return ids that mean nothing without it.
GRANT SELECT (organization_id, id, conversation_id, recorded_at, text) ON messages TO auzap_lookup;
GRANT SELECT (organization_id, id, name, profile_name, username, phone) ON contacts TO auzap_lookup;
-- Whatever is there, in the way that the planner knows to be nothing to check.
CREATE POLICY lookup ON messages FOR SELECT TO auzap_lookup USING (organization_id IS NOT NULL);
CREATE POLICY lookup ON contacts FOR SELECT TO auzap_lookup USING (organization_id IS NOT NULL);
GRANT EXECUTE ON FUNCTION app.uuid_floor(timestamptz) TO auzap_app, auzap_lookup;

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Each of the words, or what begins with it, as it is in an index of `app.words_of`.
CREATE FUNCTION app.wanted_words(words text[]) RETURNS tsquery
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT string_agg(format('''%s:%s'':*', right(app.current_organization()::text, 12), word), ' & ')::tsquery
  FROM unnest(words) word WHERE word ~ '^[[:alnum:]_]+$'
$$;

-- The conversations of the shop in which all of these words were said in one message, the latest first: month by month,
-- until there are enough. Each month is planned by itself, with what is asked for.
CREATE FUNCTION app.search_messages(words text[], most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant CONSTANT uuid := app.current_organization();
  wanted CONSTANT tsquery := app.wanted_words(words);
  since CONSTANT timestamptz := date_trunc('month', uuid_extract_timestamp((
    SELECT m.id FROM public.messages m WHERE m.organization_id = tenant ORDER BY m.id LIMIT 1)));
  month timestamptz := date_trunc('month', app.now()) + interval '1 month';
  found uuid[] := '{}';
BEGIN
  WHILE month > since AND cardinality(found) < most LOOP
    month := month - interval '1 month';
    EXECUTE '
      SELECT $1 || ARRAY(
        SELECT m.conversation_id FROM public.messages m
        WHERE m.organization_id = $2 AND m.text <> '''' AND app.words_of(m.organization_id, m.text) @@ $3
          AND m.id >= $4 AND m.id < $5 AND m.conversation_id <> ALL ($1)
        GROUP BY m.conversation_id ORDER BY max(m.recorded_at) DESC LIMIT $6)'
    INTO found
    USING found, tenant, wanted, app.uuid_floor(month), app.uuid_floor(month + interval '1 month'), most - cardinality(found);
  END LOOP;
  RETURN QUERY SELECT unnest(found);
END
$$;

-- The shop's customers who are called so, or whose number holds these digits.
CREATE FUNCTION app.search_contacts(words text[], digits text, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant CONSTANT uuid := app.current_organization();
BEGIN
  RETURN QUERY EXECUTE '
    SELECT p.id FROM public.contacts p WHERE p.organization_id = $1 AND app.words_of(
      p.organization_id, coalesce(p.name, '''') || '' '' || coalesce(p.profile_name, '''') || '' '' || coalesce(p.username, '''')) @@ $2
    LIMIT $3' USING tenant, app.wanted_words(words), most;
  IF digits <> '' THEN
    RETURN QUERY EXECUTE '
      SELECT p.id FROM public.contacts p WHERE p.organization_id = $1 AND p.phone LIKE ''%'' || $2 || ''%'' LIMIT $3'
      USING tenant, digits, most;
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION app.wanted_words(text[]), app.search_messages(text[], integer), app.search_contacts(text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_messages(text[], integer), app.search_contacts(text[], text, integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
