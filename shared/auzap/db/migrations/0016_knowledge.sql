-- What the shop has taught its agent, how it is found, and the questions that the team is asked.
-- Portuguese, whether or not the customer types its accents.
CREATE TEXT SEARCH CONFIGURATION public.auzap_portuguese (COPY = pg_catalog.portuguese);
ALTER TEXT SEARCH CONFIGURATION public.auzap_portuguese
  ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, pg_catalog.portuguese_stem;

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
    setweight(to_tsvector('public.auzap_portuguese', question), 'A')
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
  object_key text,
  bytes integer CHECK (bytes > 0),
  audience text NOT NULL DEFAULT 'customers' CHECK (audience IN ('customers', 'internal')),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready', 'failed')),
  problem text,
  chunk_count integer NOT NULL DEFAULT 0,
  -- Read again, a document's chunks are replaced all at once.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  read_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CHECK ((kind = 'url') = (address IS NOT NULL)),
  CHECK ((state = 'failed') = (problem IS NOT NULL))
);
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
  ADD resolved_at timestamptz,
  ADD FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE SET NULL (pet_id),
  ADD FOREIGN KEY (organization_id, entry_id) REFERENCES knowledge_entries ON DELETE SET NULL (entry_id),
  DROP CONSTRAINT escalations_state_check,
  DROP CONSTRAINT escalations_check;
ALTER TABLE escalations
  ADD CONSTRAINT escalations_state_check CHECK (state IN ('pending', 'answered', 'resolved', 'expired')),
  ADD CONSTRAINT escalations_answered CHECK ((state = 'answered') <= (answer IS NOT NULL)),
  ADD CONSTRAINT escalations_waiting CHECK (state <> 'pending' OR answer IS NULL),
  ADD CONSTRAINT escalations_learned CHECK (entry_id IS NULL OR is_learned);

ALTER TABLE organization_settings
  -- Who is asked; NULL: the first of the owner's numbers.
  ADD escalation_phone text CHECK (escalation_phone ~ '^\+[1-9][0-9]{7,14}$'),
  ADD escalation_reminder interval NOT NULL DEFAULT '2 hours' CHECK (escalation_reminder BETWEEN '5 minutes' AND '2 days'),
  ADD escalation_expiry interval NOT NULL DEFAULT '24 hours' CHECK (escalation_expiry BETWEEN '30 minutes' AND '7 days');

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
CREATE TRIGGER audit AFTER INSERT OR DELETE ON knowledge_documents FOR EACH ROW EXECUTE FUNCTION app.record_audit();
