-- What the shop has taught its agent, how it is found, and the questions that the team is asked.
-- Portuguese, whether or not the customer types its accents.
CREATE TEXT SEARCH CONFIGURATION public.auzap_portuguese (COPY = pg_catalog.portuguese);
ALTER TEXT SEARCH CONFIGURATION public.auzap_portuguese
  ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, pg_catalog.portuguese_stem;

-- As one text, for the index: array_to_string is only stable, because of types that this is never given.
CREATE FUNCTION app.joined(words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_string(words, ' ');
GRANT EXECUTE ON FUNCTION app.joined(text[]) TO auzap_app;

CREATE TABLE knowledge_entries (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  question text NOT NULL CHECK (length(question) BETWEEN 3 AND 600),
  answer text NOT NULL CHECK (length(answer) BETWEEN 1 AND 4000),
  category text NOT NULL DEFAULT 'general'
    CHECK (category IN ('services', 'prices', 'hours', 'policies', 'emergencies', 'general')),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
  -- Internal ones are for the owner's agent and the team, and never shown to a customer.
  audience text NOT NULL DEFAULT 'customers' CHECK (audience IN ('customers', 'internal')),
  is_active boolean NOT NULL DEFAULT true,
  source text NOT NULL DEFAULT 'manual' CHECK (source IN ('manual', 'escalation', 'import', 'demonstration')),
  usage_count integer NOT NULL DEFAULT 0,
  last_used_at timestamptz,
  search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('public.auzap_portuguese', question || ' ' || app.joined(tags)), 'A')
    || setweight(to_tsvector('public.auzap_portuguese', answer), 'B')) STORED,
  -- NULL until a model has made one; of another model it is not compared.
  embedding vector,
  embedding_model text,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  updated_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  CHECK ((embedding IS NULL) = (embedding_model IS NULL))
);
CREATE UNIQUE INDEX knowledge_entries_question ON knowledge_entries (organization_id, audience, lower(question)) WHERE is_active;
CREATE INDEX knowledge_entries_unembedded ON knowledge_entries (organization_id, id) WHERE embedding IS NULL AND is_active;
CALL app.protect('knowledge_entries');
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_entries TO auzap_app;

CREATE TABLE knowledge_documents (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  kind text NOT NULL CHECK (kind IN ('text', 'pdf', 'url')),
  address text CHECK (length(address) BETWEEN 1 AND 2000),
  -- Of a PDF the file's place in the bucket, of a text the text itself.
  object_key text,
  body text CHECK (length(body) BETWEEN 1 AND 400000),
  audience text NOT NULL DEFAULT 'customers' CHECK (audience IN ('customers', 'internal')),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready', 'failed')),
  problem text,
  chunk_count integer NOT NULL DEFAULT 0,
  -- Read again, a document's chunks are replaced all at once.
  version integer NOT NULL DEFAULT 0,
  -- While it waits: when a worker may take it, and how many have.
  read_after timestamptz NOT NULL DEFAULT app.now(),
  attempts smallint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  read_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CHECK ((kind = 'url') = (address IS NOT NULL)),
  CHECK ((kind = 'pdf') = (object_key IS NOT NULL)),
  CHECK ((kind = 'text') = (body IS NOT NULL)),
  CHECK ((state = 'failed') = (problem IS NOT NULL))
);
CREATE INDEX knowledge_documents_waiting ON knowledge_documents (read_after) WHERE state = 'waiting';
CALL app.protect('knowledge_documents');
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_documents TO auzap_app;

CREATE TABLE knowledge_chunks (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  document_id uuid NOT NULL,
  position integer NOT NULL CHECK (position >= 0),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
  usage_count integer NOT NULL DEFAULT 0,
  last_used_at timestamptz,
  search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('public.auzap_portuguese', text)) STORED,
  embedding vector,
  embedding_model text,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, document_id) REFERENCES knowledge_documents ON DELETE CASCADE,
  CHECK ((embedding IS NULL) = (embedding_model IS NULL))
);
CREATE UNIQUE INDEX knowledge_chunks_position ON knowledge_chunks (organization_id, document_id, position);
CREATE INDEX knowledge_chunks_unembedded ON knowledge_chunks (organization_id, id) WHERE embedding IS NULL;
CALL app.protect('knowledge_chunks');
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_chunks TO auzap_app;

ALTER TABLE escalations
  ADD kind text NOT NULL DEFAULT 'ai_unknown' CHECK (kind IN ('ai_unknown', 'limit_reached', 'health_alert', 'technical')),
  ADD pet_id uuid,
  ADD is_learned boolean NOT NULL DEFAULT false,
  ADD entry_id uuid,
  ADD reminders smallint NOT NULL DEFAULT 0,
  ADD reminded_at timestamptz,
  ADD expires_at timestamptz,
  -- When the clock has something to do about it: to remind whoever was asked, or to give the question up.
  ADD next_at timestamptz,
  ADD resolved_at timestamptz,
  ADD urgency text NOT NULL DEFAULT 'normal' CHECK (urgency IN ('low', 'normal', 'high', 'critical')),
  ADD FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE SET NULL (pet_id),
  ADD FOREIGN KEY (organization_id, entry_id) REFERENCES knowledge_entries ON DELETE SET NULL (entry_id),
  DROP CONSTRAINT escalations_state_check,
  DROP CONSTRAINT escalations_check;
ALTER TABLE escalations
  ADD CONSTRAINT escalations_state_check CHECK (state IN ('pending', 'answered', 'resolved', 'expired')),
  ADD CONSTRAINT escalations_answered CHECK ((state = 'answered') <= (answer IS NOT NULL)),
  ADD CONSTRAINT escalations_waiting CHECK (state <> 'pending' OR answer IS NULL),
  ADD CONSTRAINT escalations_learned CHECK (entry_id IS NULL OR is_learned);
CREATE INDEX escalations_due ON escalations (next_at) WHERE state = 'pending' AND next_at IS NOT NULL;

ALTER TABLE organization_settings
  -- Who is asked; NULL: the first of the owner's numbers.
  ADD escalation_phone text CHECK (escalation_phone ~ '^\+[1-9][0-9]{7,14}$'),
  ADD escalation_reminder interval NOT NULL DEFAULT '2 hours' CHECK (escalation_reminder BETWEEN '5 minutes' AND '2 days'),
  ADD escalation_expiry interval NOT NULL DEFAULT '24 hours' CHECK (escalation_expiry BETWEEN '30 minutes' AND '7 days');

-- Whether a telephone is of somebody who answers the agent's questions: an owner, or whom the shop has named for it.
CREATE FUNCTION app.is_asked(phone text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN app.is_owner(is_asked.phone) OR EXISTS (
  SELECT FROM public.organization_settings s
  WHERE regexp_replace(s.escalation_phone, '^\+55(\d\d)9([6-9]\d{7})$', '+55\1\2')
    = regexp_replace(is_asked.phone, '^\+55(\d\d)9([6-9]\d{7})$', '+55\1\2'));
GRANT EXECUTE ON FUNCTION app.is_asked(text) TO auzap_app;

-- As before; and whoever was reminded of a question may answer the reminder.
CREATE OR REPLACE FUNCTION app.question_quoted(account uuid, provider_id text) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (
  SELECT coalesce(e.id, CASE WHEN o.once_key LIKE 'asked_again:%' THEN split_part(o.once_key, ':', 2)::uuid END)
  FROM public.message_keys k
  JOIN public.messages m ON m.id = k.message_id
  JOIN public.outbox o ON o.id = m.outbox_id
  LEFT JOIN public.escalations e ON e.asked_outbox_id = o.id
  WHERE k.channel_account_id = question_quoted.account AND k.provider_id = question_quoted.provider_id);

-- The question whose reference a message begins with: the last eight characters of its id.
CREATE FUNCTION app.question_named(said text) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (
  SELECT e.id FROM public.escalations e
  WHERE question_named.said ~* '^\W{0,3}(ref\W{0,3})?[0-9a-f]{8}\M' AND right(replace(e.id::text, '-', ''), 8)
    = lower(substring(question_named.said FROM '^\W{0,3}(?:[rR][eE][fF]\W{0,3})?([0-9a-fA-F]{8})'))
  ORDER BY e.id DESC LIMIT 1);
GRANT EXECUTE ON FUNCTION app.question_named(text) TO auzap_app;

-- Once a person writes to the customer, in the panel or on the shop's phone, nobody else has to answer.
CREATE FUNCTION app.resolve_questions() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- An answer that is passed on is a reply, and answers its own question alone.
  IF NEW.outbox_id IS NULL OR EXISTS (SELECT FROM public.outbox o WHERE o.id = NEW.outbox_id AND o.kind = 'staff') THEN
    UPDATE public.escalations SET state = 'resolved', resolved_at = app.now(), next_at = NULL
    WHERE organization_id = NEW.organization_id AND conversation_id = NEW.conversation_id AND state = 'pending';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER resolved AFTER INSERT ON messages
  FOR EACH ROW WHEN (NEW.sender = 'staff' AND NOT NEW.imported AND NEW.kind NOT IN ('reaction', 'edit', 'revoke'))
  EXECUTE FUNCTION app.resolve_questions();

-- What called a person is settled when one has come; that the agent fell silent, also when it speaks again.
CREATE FUNCTION app.resolve_alerts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.escalations SET state = 'resolved', resolved_at = app.now(), next_at = NULL
  WHERE organization_id = NEW.organization_id AND conversation_id = NEW.id AND state = 'pending'
    AND (kind = 'limit_reached' OR kind = 'health_alert' AND NEW.state = 'human');
  RETURN NULL;
END
$$;
CREATE TRIGGER resolved AFTER UPDATE OF state ON conversations
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state <> 'waiting_human') EXECUTE FUNCTION app.resolve_alerts();

CREATE TRIGGER change AFTER INSERT OR UPDATE OF state, chunk_count ON knowledge_documents
  FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR DELETE ON knowledge_entries FOR EACH ROW EXECUTE FUNCTION app.record_change();
-- Use is counted at every answer, and is no news.
CREATE TRIGGER change_update AFTER UPDATE OF question, answer, category, tags, priority, audience, is_active ON knowledge_entries
  FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR DELETE ON knowledge_entries
  FOR EACH ROW EXECUTE FUNCTION app.record_audit('search', 'embedding', 'usage_count', 'last_used_at');
CREATE TRIGGER audit_update AFTER UPDATE OF question, answer, category, tags, priority, audience, is_active ON knowledge_entries
  FOR EACH ROW EXECUTE FUNCTION app.record_audit('search', 'embedding', 'usage_count', 'last_used_at');
CREATE TRIGGER audit AFTER INSERT OR DELETE ON knowledge_documents FOR EACH ROW EXECUTE FUNCTION app.record_audit('body');

GRANT SELECT (organization_id, id, conversation_id, kind, state, next_at, created_at) ON escalations TO auzap_lookup;
CREATE POLICY lookup ON escalations FOR SELECT TO auzap_lookup USING (state = 'pending' OR kind = 'limit_reached');
GRANT SELECT (organization_id, id, state, read_after) ON knowledge_documents TO auzap_lookup;
CREATE POLICY lookup ON knowledge_documents FOR SELECT TO auzap_lookup USING (state = 'waiting');
GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Questions of which somebody is to be reminded, or which nobody has answered in time. Whoever takes one looks again.
CREATE FUNCTION app.due_escalations(most integer) RETURNS TABLE (organization_id uuid, escalation_id uuid, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT e.organization_id, e.id, e.next_at FROM public.escalations e
  JOIN public.organizations o ON o.id = e.organization_id AND o.status = 'active'
  WHERE e.state = 'pending' AND e.next_at <= app.now() AND e.next_at IS NOT NULL ORDER BY e.next_at LIMIT most
$$;

-- Conversations in which the agent has come to its limit, and of which whoever is asked was not told.
CREATE FUNCTION app.untold_limits(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid, handoff_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.organization_id, c.id, c.handoff_at FROM public.conversations c
  JOIN public.organizations o ON o.id = c.organization_id AND o.status = 'active'
  WHERE c.state = 'waiting_human' AND c.handoff_reason = 'turns' AND c.handoff_at > app.now() - interval '1 hour'
    AND NOT EXISTS (
      SELECT FROM public.escalations e
      WHERE e.organization_id = c.organization_id AND e.conversation_id = c.id AND e.kind = 'limit_reached'
        AND e.created_at >= c.handoff_at)
  ORDER BY c.handoff_at LIMIT most
$$;

-- Documents that wait to be read: just added, or left behind by a worker that died.
CREATE FUNCTION app.unread_documents(most integer) RETURNS TABLE (organization_id uuid, document_id uuid, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.organization_id, d.id, d.read_after FROM public.knowledge_documents d
  JOIN public.organizations o ON o.id = d.organization_id AND o.status = 'active'
  WHERE d.state = 'waiting' AND d.read_after <= app.now() ORDER BY d.read_after LIMIT most
$$;

REVOKE EXECUTE ON FUNCTION app.due_escalations(integer), app.untold_limits(integer), app.unread_documents(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.due_escalations(integer), app.untold_limits(integer), app.unread_documents(integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
