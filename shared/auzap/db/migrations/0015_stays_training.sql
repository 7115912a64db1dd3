-- Daycare and hotel, day by day, and training plans with their sessions.
CREATE TABLE room_types (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('daycare', 'hotel')),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 1000),
  features text[] NOT NULL DEFAULT '{}' CHECK (cardinality(features) <= 20),
  capacity smallint NOT NULL CHECK (capacity BETWEEN 1 AND 200),
  species text[] NOT NULL DEFAULT '{dog,cat}'
    CHECK (cardinality(species) > 0 AND species <@ ARRAY['dog', 'cat', 'bird', 'rabbit', 'other']),
  -- What must be proved by its name before a stay is approved without a person; where none is named, any vaccine.
  vaccines text[] NOT NULL DEFAULT '{}' CHECK (cardinality(vaccines) <= 10),
  daily_cents integer NOT NULL CHECK (daily_cents >= 0),
  -- The rate of every day of a stay of at least so many days.
  long_daily_cents integer CHECK (long_daily_cents >= 0),
  long_from_days smallint CHECK (long_from_days BETWEEN 2 AND 60),
  opens time NOT NULL DEFAULT '08:00',
  closes time NOT NULL DEFAULT '18:00',
  position integer NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id),
  CHECK (opens < closes),
  CHECK ((long_daily_cents IS NULL) = (long_from_days IS NULL))
);
CREATE UNIQUE INDEX room_types_name ON room_types (organization_id, kind, lower(name)) WHERE is_active;
CALL app.protect('room_types');
GRANT SELECT, INSERT, UPDATE, DELETE ON room_types TO auzap_app;

-- Where a size pays another rate than the type's own.
CREATE TABLE room_rates (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  room_type_id uuid NOT NULL,
  size text NOT NULL CHECK (size IN ('small', 'medium', 'large', 'giant')),
  daily_cents integer NOT NULL CHECK (daily_cents >= 0),
  long_daily_cents integer CHECK (long_daily_cents >= 0),
  PRIMARY KEY (organization_id, room_type_id, size),
  FOREIGN KEY (organization_id, room_type_id) REFERENCES room_types ON DELETE CASCADE
);
CALL app.protect('room_rates');
GRANT SELECT, INSERT, UPDATE, DELETE ON room_rates TO auzap_app;

CREATE TABLE stays (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  pet_id uuid NOT NULL,
  room_type_id uuid NOT NULL,
  -- Half open: a night of the hotel is the day it begins on; a day of daycare ends on the day after it.
  from_day date NOT NULL,
  until_day date NOT NULL,
  state text NOT NULL DEFAULT 'awaiting_assessment'
    CHECK (state IN ('awaiting_assessment', 'approved', 'staying', 'finished', 'cancelled')),
  state_reason text CHECK (length(state_reason) BETWEEN 1 AND 300),
  daily_cents integer NOT NULL CHECK (daily_cents >= 0),
  total_cents integer NOT NULL CHECK (total_cents >= 0),
  source text NOT NULL CHECK (source IN ('agent', 'staff', 'import', 'demonstration')),
  requests text NOT NULL DEFAULT '' CHECK (length(requests) <= 1000),
  emergency_contact text CHECK (length(emergency_contact) BETWEEN 1 AND 120),
  -- How the tutor may follow it: a report each day is one of the ways.
  monitoring text[] NOT NULL DEFAULT '{reports}' CHECK (monitoring <@ ARRAY['cameras', 'reports', 'tracking']),
  -- The assessment. NULL is unknown, and unknown is never true.
  vaccines_ok boolean,
  deworming_ok boolean,
  exams text NOT NULL DEFAULT '' CHECK (length(exams) <= 500),
  restrictions text NOT NULL DEFAULT '' CHECK (length(restrictions) <= 500),
  socialisation text CHECK (socialisation IN ('low', 'medium', 'high')),
  anxiety text CHECK (anxiety IN ('low', 'medium', 'high')),
  energy text CHECK (energy IN ('low', 'medium', 'high')),
  assessed_by text,
  assessed_at timestamptz,
  -- What was agreed at the door: room, food, amounts and hours; and in what condition it went home, with what.
  arrival jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(arrival) = 'object'),
  departure jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(departure) = 'object'),
  arrived_at timestamptz,
  left_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets,
  FOREIGN KEY (organization_id, room_type_id) REFERENCES room_types,
  CHECK (from_day < until_day AND until_day - from_day <= 90),
  -- Nothing is approved on trust: by whoever looked at it, or because vaccines and deworming are proved.
  CHECK (state NOT IN ('approved', 'staying', 'finished')
    OR assessed_at IS NOT NULL AND vaccines_ok IS TRUE AND deworming_ok IS TRUE),
  CHECK ((state IN ('staying', 'finished')) <= (arrived_at IS NOT NULL)),
  CHECK ((state = 'finished') = (left_at IS NOT NULL)),
  CONSTRAINT stays_pet_free EXCLUDE USING gist
    (organization_id WITH =, pet_id WITH =, daterange(from_day, until_day) WITH &&) WHERE (state <> 'cancelled')
);
CREATE INDEX stays_by_contact ON stays (organization_id, contact_id, from_day);
CREATE INDEX stays_by_day ON stays (organization_id, from_day);
CREATE INDEX stays_open ON stays (organization_id, from_day) WHERE state IN ('awaiting_assessment', 'approved', 'staying');
CALL app.protect('stays');
GRANT SELECT, INSERT, UPDATE ON stays TO auzap_app;

-- One numbered place of a type for each day: the proof that no day has more pets than places.
CREATE TABLE stay_days (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  stay_id uuid NOT NULL,
  room_type_id uuid NOT NULL,
  day date NOT NULL,
  number smallint NOT NULL CHECK (number >= 1),
  PRIMARY KEY (organization_id, room_type_id, day, number),
  FOREIGN KEY (organization_id, stay_id) REFERENCES stays ON DELETE CASCADE,
  FOREIGN KEY (organization_id, room_type_id) REFERENCES room_types
);
CREATE UNIQUE INDEX stay_days_of ON stay_days (organization_id, stay_id, day);
CALL app.protect('stay_days');
GRANT SELECT, INSERT, UPDATE, DELETE ON stay_days TO auzap_app;

CREATE FUNCTION app.check_stay_day() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.number > (SELECT t.capacity FROM public.room_types t WHERE t.organization_id = NEW.organization_id AND t.id = NEW.room_type_id) THEN
    RAISE EXCEPTION 'there is no place number %', NEW.number USING ERRCODE = 'AZ003';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER checked BEFORE INSERT OR UPDATE ON stay_days FOR EACH ROW EXECUTE FUNCTION app.check_stay_day();

CREATE TABLE stay_moves (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  stay_id uuid NOT NULL,
  -- NULL where it began; the same as before where only its days were changed.
  from_state text,
  to_state text NOT NULL,
  -- Its days from this move on.
  from_day date NOT NULL,
  until_day date NOT NULL,
  reason text,
  actor text NOT NULL DEFAULT app.current_actor(),
  moved_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, stay_id) REFERENCES stays ON DELETE CASCADE
);
CREATE INDEX stay_moves_of ON stay_moves (organization_id, stay_id, id);
CALL app.protect('stay_moves');
GRANT SELECT, INSERT ON stay_moves TO auzap_app;

CREATE TRIGGER move BEFORE UPDATE OF state ON stays FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION app.check_move('state',
    'awaiting_assessment approved', 'awaiting_assessment cancelled',
    'approved awaiting_assessment', 'approved staying', 'approved cancelled', 'staying finished');

CREATE FUNCTION app.record_stay_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.stay_moves (organization_id, stay_id, from_state, to_state, from_day, until_day, reason)
  VALUES (NEW.organization_id, NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state, NEW.from_day, NEW.until_day,
    NEW.state_reason);
  IF NEW.state = 'cancelled' THEN
    DELETE FROM public.stay_days d WHERE d.organization_id = NEW.organization_id AND d.stay_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER began AFTER INSERT ON stays FOR EACH ROW EXECUTE FUNCTION app.record_stay_move();
CREATE TRIGGER moved AFTER UPDATE OF state, from_day, until_day ON stays
  FOR EACH ROW WHEN ((OLD.state, OLD.from_day, OLD.until_day) IS DISTINCT FROM (NEW.state, NEW.from_day, NEW.until_day))
  EXECUTE FUNCTION app.record_stay_move();

-- At the end of its transaction a stay that stands has a place for each of its days.
CREATE FUNCTION app.check_stay_is_placed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM public.stays s WHERE s.id = NEW.id AND s.state <> 'cancelled'
      AND (SELECT count(*) FROM public.stay_days d
            WHERE d.stay_id = s.id AND d.room_type_id = s.room_type_id AND d.day >= s.from_day AND d.day < s.until_day)
        <> s.until_day - s.from_day)
  THEN
    RAISE EXCEPTION 'a stay without its places' USING ERRCODE = 'AZ004';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER placed AFTER INSERT OR UPDATE OF from_day, until_day, room_type_id, state ON stays
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_stay_is_placed();

CREATE TABLE stay_extras (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  stay_id uuid NOT NULL,
  service_id uuid NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  added_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, stay_id, service_id),
  FOREIGN KEY (organization_id, stay_id) REFERENCES stays ON DELETE CASCADE,
  FOREIGN KEY (organization_id, service_id) REFERENCES services
);
CALL app.protect('stay_extras');
GRANT SELECT, INSERT, UPDATE, DELETE ON stay_extras TO auzap_app;

CREATE TABLE stay_activities (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  stay_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('feeding', 'recreation', 'rest', 'behaviour', 'health', 'other')),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
  media_id uuid,
  at timestamptz NOT NULL DEFAULT app.now(),
  actor text NOT NULL DEFAULT app.current_actor(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, stay_id) REFERENCES stays ON DELETE CASCADE,
  FOREIGN KEY (organization_id, media_id) REFERENCES media ON DELETE SET NULL (media_id)
);
CREATE INDEX stay_activities_of ON stay_activities (organization_id, stay_id, at);
CALL app.protect('stay_activities');
GRANT SELECT, INSERT, UPDATE, DELETE ON stay_activities TO auzap_app;

-- What the tutor reads of a day: one message a day.
CREATE TABLE stay_reports (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  stay_id uuid NOT NULL,
  day date NOT NULL,
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 3000),
  outbox_id uuid NOT NULL,
  actor text NOT NULL DEFAULT app.current_actor(),
  sent_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, stay_id) REFERENCES stays ON DELETE CASCADE,
  FOREIGN KEY (organization_id, outbox_id) REFERENCES outbox
);
CREATE UNIQUE INDEX stay_reports_once ON stay_reports (organization_id, stay_id, day);
CALL app.protect('stay_reports');
GRANT SELECT, INSERT ON stay_reports TO auzap_app;

CREATE TABLE training_plans (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  pet_id uuid NOT NULL,
  -- The six points of the first assessment.
  routine text CHECK (length(routine) BETWEEN 10 AND 2000),
  problems text[] NOT NULL DEFAULT '{}' CHECK (cardinality(problems) <= 20),
  family text CHECK (length(family) BETWEEN 10 AND 2000),
  health_history text CHECK (length(health_history) BETWEEN 10 AND 2000),
  observation text CHECK (length(observation) BETWEEN 10 AND 2000),
  goals text[] NOT NULL DEFAULT '{}' CHECK (cardinality(goals) <= 20),
  sessions_a_week smallint CHECK (sessions_a_week BETWEEN 1 AND 3),
  weeks smallint CHECK (weeks BETWEEN 1 AND 52),
  session_length interval NOT NULL DEFAULT '60 minutes' CHECK (session_length BETWEEN '15 minutes' AND '4 hours'),
  methodology text NOT NULL DEFAULT 'positive' CHECK (methodology IN ('positive', 'clicker', 'traditional', 'mixed')),
  place text NOT NULL DEFAULT 'home' CHECK (place IN ('home', 'park', 'school')),
  long_term_goals text[] NOT NULL DEFAULT '{}' CHECK (cardinality(long_term_goals) <= 20),
  service_id uuid,
  -- What a session costs, as it was agreed; NULL: the team agrees on it.
  session_cents integer CHECK (session_cents >= 0),
  starts_on date,
  state text NOT NULL DEFAULT 'assessing' CHECK (state IN ('assessing', 'planned', 'running', 'completed', 'cancelled')),
  state_reason text CHECK (length(state_reason) BETWEEN 1 AND 300),
  source text NOT NULL CHECK (source IN ('agent', 'staff', 'import', 'demonstration')),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets,
  FOREIGN KEY (organization_id, service_id) REFERENCES services,
  -- No plan without its assessment.
  CHECK (state IN ('assessing', 'cancelled') OR routine IS NOT NULL AND cardinality(problems) > 0 AND family IS NOT NULL
    AND health_history IS NOT NULL AND observation IS NOT NULL AND cardinality(goals) > 0
    AND sessions_a_week IS NOT NULL AND weeks IS NOT NULL),
  CHECK (state NOT IN ('running', 'completed') OR starts_on IS NOT NULL)
);
CREATE UNIQUE INDEX training_plans_open ON training_plans (organization_id, pet_id) WHERE state IN ('assessing', 'planned', 'running');
CREATE INDEX training_plans_contact ON training_plans (organization_id, contact_id);
CALL app.protect('training_plans');
GRANT SELECT, INSERT, UPDATE ON training_plans TO auzap_app;

CREATE TRIGGER move BEFORE UPDATE OF state ON training_plans FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION app.check_move('state',
    'assessing planned', 'assessing cancelled', 'planned running', 'planned cancelled', 'running completed', 'running cancelled');

ALTER TABLE organization_settings
  ADD training_sessions_a_day smallint NOT NULL DEFAULT 5 CHECK (training_sessions_a_day BETWEEN 1 AND 50);

CREATE TABLE training_sessions (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  plan_id uuid NOT NULL,
  number smallint NOT NULL CHECK (number >= 1),
  -- The shop's day, and which of its sessions this is: no more of them than the shop gives.
  day date NOT NULL,
  place_no smallint NOT NULL CHECK (place_no >= 1),
  starts_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'scheduled' CHECK (state IN ('scheduled', 'completed', 'cancelled', 'rescheduled', 'missed')),
  topics text[] NOT NULL DEFAULT '{}' CHECK (cardinality(topics) <= 20),
  skills text[] NOT NULL DEFAULT '{}' CHECK (cardinality(skills) <= 20),
  homework text NOT NULL DEFAULT '' CHECK (length(homework) <= 2000),
  achievements text NOT NULL DEFAULT '' CHECK (length(achievements) <= 2000),
  challenges text NOT NULL DEFAULT '' CHECK (length(challenges) <= 2000),
  notes text NOT NULL DEFAULT '' CHECK (length(notes) <= 2000),
  rating smallint CHECK (rating BETWEEN 1 AND 5),
  completed_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, plan_id) REFERENCES training_plans ON DELETE CASCADE,
  CHECK ((state = 'completed') = (completed_at IS NOT NULL)),
  CHECK (rating IS NULL OR state = 'completed')
);
-- A session that was moved keeps its number for the one that came in its place.
CREATE UNIQUE INDEX training_sessions_number ON training_sessions (organization_id, plan_id, number) WHERE state <> 'rescheduled';
CREATE UNIQUE INDEX training_sessions_place ON training_sessions (organization_id, day, place_no)
  WHERE state IN ('scheduled', 'completed', 'missed');
CREATE INDEX training_sessions_by_time ON training_sessions (organization_id, starts_at);
CALL app.protect('training_sessions');
GRANT SELECT, INSERT, UPDATE ON training_sessions TO auzap_app;

CREATE FUNCTION app.check_training_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.place_no > (
    SELECT s.training_sessions_a_day FROM public.organization_settings s WHERE s.organization_id = NEW.organization_id)
  THEN
    RAISE EXCEPTION 'there is no place number %', NEW.place_no USING ERRCODE = 'AZ003';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER checked BEFORE INSERT OR UPDATE OF day, place_no ON training_sessions
  FOR EACH ROW EXECUTE FUNCTION app.check_training_session();

CREATE TRIGGER change AFTER INSERT OR UPDATE ON stays FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON stay_activities FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT ON stay_reports FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE ON training_plans FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE ON training_sessions FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON room_types FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON room_rates FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON stays FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON stay_extras FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON training_plans FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON training_sessions FOR EACH ROW EXECUTE FUNCTION app.record_audit();
