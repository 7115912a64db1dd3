-- Who the customers are, what is known of their pets and of the pets' health, and what the agent remembers of them.
ALTER TABLE contacts
  ADD email text CHECK (email = lower(email) AND email LIKE '%_@_%' AND length(email) <= 254),
  ADD birth_date date,
  ADD address text CHECK (length(address) BETWEEN 1 AND 300),
  ADD source text NOT NULL DEFAULT 'whatsapp' CHECK (source IN ('whatsapp', 'staff', 'import', 'website', 'phone', 'referral')),
  ADD tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  ADD notes text NOT NULL DEFAULT '' CHECK (length(notes) <= 4000),
  -- Whoever of the team looks after this customer.
  ADD keeper_user_id uuid,
  -- The agent leaves this customer to people.
  ADD agent_off boolean NOT NULL DEFAULT false,
  -- A VIP by the shop's own word, or not one; NULL: as the figures say.
  ADD is_vip boolean,
  ADD custom jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(custom) = 'object'),
  ADD FOREIGN KEY (organization_id, keeper_user_id) REFERENCES memberships (organization_id, user_id) ON DELETE SET NULL (keeper_user_id);
CREATE INDEX contacts_tagged ON contacts (organization_id, id) WHERE tags <> '{}';
CREATE INDEX contacts_keeper ON contacts (organization_id, keeper_user_id) WHERE keeper_user_id IS NOT NULL;
-- As the panel sorts them.
CREATE INDEX contacts_by_name ON contacts (
  organization_id, lower(left(coalesce(nullif(name, ''), nullif(profile_name, ''), ''), 100)), id);
CREATE INDEX pets_by_name ON pets (organization_id, lower(name), id);

-- Fields that a shop keeps beside ours.
CREATE TABLE custom_fields (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  subject text NOT NULL CHECK (subject IN ('contact', 'pet')),
  name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  label text NOT NULL CHECK (length(label) BETWEEN 1 AND 80),
  kind text NOT NULL CHECK (kind IN ('text', 'number', 'date', 'boolean', 'choice')),
  choices text[] NOT NULL DEFAULT '{}' CHECK (cardinality(choices) <= 50),
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, id),
  CHECK ((kind = 'choice') = (cardinality(choices) > 0))
);
CREATE UNIQUE INDEX custom_fields_name ON custom_fields (organization_id, subject, name);
CALL app.protect('custom_fields');
GRANT SELECT, INSERT, UPDATE, DELETE ON custom_fields TO auzap_app;

-- What a person agreed to or took back, each time; the last one counts.
CREATE TABLE consents (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('data_processing', 'whatsapp', 'marketing', 'health_data')),
  is_given boolean NOT NULL,
  -- By the channel: pressed there, and told by the provider.
  source text NOT NULL CHECK (source IN ('said', 'staff', 'import', 'form', 'channel')),
  message_id uuid,
  actor text NOT NULL DEFAULT app.current_actor(),
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX consents_of ON consents (organization_id, contact_id, purpose, id);
CALL app.protect('consents');
GRANT SELECT, INSERT ON consents TO auzap_app;
GRANT UPDATE (contact_id) ON consents TO auzap_app;

-- Who wants no news is no target of any, from the same moment on. What was said earlier and is told later changes nothing.
CREATE FUNCTION app.follow_consent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.contacts p SET opted_at = NEW.recorded_at, opted_out_at = CASE WHEN NOT NEW.is_given THEN NEW.recorded_at END
  WHERE p.organization_id = NEW.organization_id AND p.id = NEW.contact_id AND (p.opted_at <= NEW.recorded_at) IS NOT FALSE;
  RETURN NULL;
END
$$;
CREATE TRIGGER followed AFTER INSERT ON consents
  FOR EACH ROW WHEN (NEW.purpose = 'marketing') EXECUTE FUNCTION app.follow_consent();

ALTER TABLE pets
  ADD nickname text CHECK (length(nickname) BETWEEN 1 AND 60),
  ADD coat text CHECK (coat IN ('short', 'medium', 'long')),
  ADD birth_date date,
  ADD weight_grams integer CHECK (weight_grams BETWEEN 10 AND 200000),
  ADD colour text CHECK (length(colour) BETWEEN 1 AND 60),
  ADD gender text CHECK (gender IN ('male', 'female')),
  ADD is_neutered boolean,
  ADD microchip text CHECK (length(microchip) BETWEEN 1 AND 40),
  ADD temperament text CHECK (length(temperament) BETWEEN 1 AND 200),
  ADD energy text CHECK (energy IN ('low', 'medium', 'high')),
  ADD sociability text CHECK (sociability IN ('low', 'medium', 'high')),
  ADD fears text CHECK (length(fears) BETWEEN 1 AND 300),
  ADD likes text CHECK (length(likes) BETWEEN 1 AND 300),
  ADD allergies text CHECK (length(allergies) BETWEEN 1 AND 300),
  ADD medication text CHECK (length(medication) BETWEEN 1 AND 300),
  ADD diet text CHECK (length(diet) BETWEEN 1 AND 300),
  -- Muzzle, fear of the dryer, and what else whoever holds it should know.
  ADD handling text CHECK (length(handling) BETWEEN 1 AND 300),
  ADD medical_notes text NOT NULL DEFAULT '' CHECK (length(medical_notes) <= 4000),
  ADD vet text CHECK (length(vet) BETWEEN 1 AND 120),
  ADD behaviour_score smallint CHECK (behaviour_score BETWEEN 0 AND 100),
  ADD assessed_on date,
  ADD died_on date,
  ADD custom jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(custom) = 'object'),
  ADD CHECK (died_on IS NULL OR NOT is_active);

CREATE TABLE pet_photos (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  pet_id uuid NOT NULL,
  media_id uuid NOT NULL,
  is_main boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE,
  FOREIGN KEY (organization_id, media_id) REFERENCES media ON DELETE CASCADE
);
CREATE UNIQUE INDEX pet_photos_once ON pet_photos (organization_id, pet_id, media_id);
CREATE UNIQUE INDEX pet_photos_main ON pet_photos (organization_id, pet_id) WHERE is_main;
CREATE INDEX pet_photos_media ON pet_photos (organization_id, media_id);
CALL app.protect('pet_photos');
GRANT SELECT, INSERT, UPDATE, DELETE ON pet_photos TO auzap_app;

-- What was done for a pet's health, and when it is due again. What a customer only says is not verified.
CREATE TABLE health_events (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  pet_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('vaccine', 'deworming', 'checkup', 'dental', 'exam', 'treatment')),
  -- The vaccine, the exam, the treatment by its name.
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  done_on date NOT NULL,
  due_on date,
  is_verified boolean NOT NULL DEFAULT false,
  verified_by text,
  notes text NOT NULL DEFAULT '' CHECK (length(notes) <= 1000),
  recorded_by text NOT NULL DEFAULT app.current_actor(),
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  -- Of all that was done for the pet of this kind, and of vaccines of this family: what counts now. A trigger keeps it so.
  is_last boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE,
  CHECK (due_on > done_on),
  CHECK (is_verified = (verified_by IS NOT NULL))
);
CREATE UNIQUE INDEX health_events_once ON health_events (organization_id, pet_id, kind, lower(name), done_on);
-- With what a page of those that are late shows, so that it is read in this order.
CREATE INDEX health_events_due ON health_events (organization_id, kind, due_on, pet_id) INCLUDE (id, name) WHERE is_last;
CALL app.protect('health_events');
GRANT SELECT, INSERT, UPDATE, DELETE ON health_events TO auzap_app;

-- One at a time for a pet, so that two who write at once agree on what is the last.
CREATE FUNCTION app.mark_last_health_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM public.pets p WHERE p.id IN (OLD.pet_id, NEW.pet_id) ORDER BY p.id FOR NO KEY UPDATE;
  UPDATE public.health_events e SET is_last = known.is_last
  FROM (
    SELECT k.id, k.is_last AS was, row_number() OVER (
        PARTITION BY k.pet_id, k.kind, CASE WHEN k.kind = 'vaccine' THEN app.vaccine_family(k.name) END
        ORDER BY k.done_on DESC, k.is_verified DESC, k.id DESC) = 1 AS is_last
    FROM public.health_events k WHERE k.pet_id IN (OLD.pet_id, NEW.pet_id)) known
  WHERE e.id = known.id AND known.is_last <> known.was;
  RETURN NULL;
END
$$;
CREATE TRIGGER last_of_kind AFTER INSERT OR DELETE OR UPDATE OF pet_id, kind, name, done_on, is_verified ON health_events
  FOR EACH ROW EXECUTE FUNCTION app.mark_last_health_events();

-- Somebody should look at this pet.
CREATE TABLE health_alerts (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  pet_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN (
    'vaccine_overdue', 'deworming_overdue', 'exam_overdue', 'medication_urgent', 'behaviour_critical', 'urgent_health')),
  severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  -- How far from the worst.
  rank integer GENERATED ALWAYS AS (array_position(ARRAY['critical', 'high', 'medium', 'low'], severity)) STORED,
  description text NOT NULL CHECK (length(description) BETWEEN 1 AND 1000),
  conversation_id uuid,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved')),
  raised_by text NOT NULL DEFAULT app.current_actor(),
  raised_at timestamptz NOT NULL DEFAULT app.now(),
  resolved_by text,
  resolved_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE,
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX health_alerts_open ON health_alerts (organization_id, pet_id, kind) WHERE state = 'open';
CREATE INDEX health_alerts_by_rank ON health_alerts (organization_id, state, rank, raised_at, id);
CALL app.protect('health_alerts');
GRANT SELECT, INSERT, UPDATE ON health_alerts TO auzap_app;

-- What the agent remembers: a fact or a preference, where it comes from, how sure it is, and until when it holds.
CREATE TABLE memories (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  pet_id uuid,
  key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{1,39}$'),
  value text NOT NULL CHECK (length(value) BETWEEN 1 AND 300),
  confidence smallint NOT NULL CHECK (confidence BETWEEN 0 AND 100),
  evidence integer NOT NULL DEFAULT 1 CHECK (evidence >= 1),
  source text NOT NULL CHECK (source IN ('said', 'inferred', 'observed', 'history', 'staff')),
  learned_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz,
  forgotten_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE
);
CREATE UNIQUE INDEX memories_once ON memories (organization_id, contact_id, pet_id, key) NULLS NOT DISTINCT WHERE forgotten_at IS NULL;
CREATE INDEX memories_pet ON memories (organization_id, pet_id) WHERE pet_id IS NOT NULL;
CALL app.protect('memories');
GRANT SELECT, INSERT, UPDATE, DELETE ON memories TO auzap_app;

-- A file of customers: read and judged row by row before anything is changed, then carried out row by row.
CREATE TABLE imports (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('contacts')),
  file_name text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200),
  state text NOT NULL DEFAULT 'previewed' CHECK (state IN ('previewed', 'running', 'done', 'cancelled')),
  columns jsonb NOT NULL DEFAULT '{}',
  row_count integer NOT NULL CHECK (row_count >= 0),
  actor text NOT NULL DEFAULT app.current_actor(),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  finished_at timestamptz,
  PRIMARY KEY (organization_id, id)
);
CALL app.protect('imports');
GRANT SELECT, INSERT, UPDATE ON imports TO auzap_app;

CREATE TABLE import_rows (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  import_id uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  given jsonb NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('ready', 'repeated', 'invalid', 'created', 'updated', 'failed')),
  -- What is wrong with it or what became of it, by the name of a text of the catalogue.
  problems text[] NOT NULL DEFAULT '{}',
  contact_id uuid,
  PRIMARY KEY (organization_id, import_id, number),
  FOREIGN KEY (organization_id, import_id) REFERENCES imports ON DELETE CASCADE,
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE SET NULL (contact_id)
);
CREATE INDEX import_rows_contact ON import_rows (organization_id, contact_id) WHERE contact_id IS NOT NULL;
CALL app.protect('import_rows');
GRANT SELECT, INSERT, UPDATE, DELETE ON import_rows TO auzap_app;

CREATE TRIGGER change AFTER INSERT OR UPDATE ON health_alerts FOR EACH ROW EXECUTE FUNCTION app.record_change();
-- That something is no longer the last of its kind is no news of its own.
CREATE TRIGGER change AFTER INSERT OR DELETE OR UPDATE OF pet_id, kind, name, done_on, due_on, is_verified, verified_by, notes ON health_events
  FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON memories FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON custom_fields FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF pet_id, kind, name, done_on, due_on, is_verified, verified_by, notes ON health_events
  FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON health_alerts FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON memories FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION app.record_audit();
