-- What a shop sells, when and where it works, and what is booked, with the places that a booking takes.
ALTER TABLE services
  ADD category text NOT NULL DEFAULT 'grooming'
    CHECK (category IN ('grooming', 'veterinary', 'hotel', 'daycare', 'training', 'transport', 'other')),
  -- NULL: every species.
  ADD species text[] CHECK (cardinality(species) > 0 AND species <@ ARRAY['dog', 'cat', 'bird', 'rabbit', 'other']),
  ADD youngest_months smallint CHECK (youngest_months >= 0),
  ADD oldest_months smallint CHECK (oldest_months >= 0),
  ADD needs_vet boolean NOT NULL DEFAULT false,
  -- Staff alone book it where the agent may not; the agent then says whom to ask.
  ADD is_bookable_by_agent boolean NOT NULL DEFAULT true,
  -- Only beside another service, as nail trimming is beside a bath.
  ADD is_addon boolean NOT NULL DEFAULT false,
  ADD prerequisite_id uuid,
  -- How long ago the other service may lie at most; NULL: any time.
  ADD prerequisite_within interval CHECK (prerequisite_within > '0'),
  ADD deposit_percent smallint NOT NULL DEFAULT 0 CHECK (deposit_percent BETWEEN 0 AND 100),
  ADD buffer_before interval NOT NULL DEFAULT '0' CHECK (buffer_before BETWEEN '0' AND '4 hours'),
  ADD buffer_after interval NOT NULL DEFAULT '0' CHECK (buffer_after BETWEEN '0' AND '4 hours'),
  ADD active_from date,
  ADD active_until date,
  -- The kind of resource it is done at; NULL: one of the places that the shop has for whatever needs none in particular.
  ADD resource_kind text CHECK (resource_kind IN ('table', 'tub', 'van', 'room', 'other')),
  ADD CHECK (youngest_months <= oldest_months),
  ADD CHECK (active_from <= active_until),
  ADD CHECK (prerequisite_id <> id),
  ADD CHECK (NOT is_addon OR prerequisite_id IS NULL),
  ADD FOREIGN KEY (organization_id, prerequisite_id) REFERENCES services ON DELETE SET NULL (prerequisite_id);

-- By size, by coat, or by both; the row that says most counts, and the service's own price where none does.
ALTER TABLE service_prices DROP CONSTRAINT service_prices_size_check;
ALTER TABLE service_prices
  ADD CONSTRAINT service_prices_size_check CHECK (size IN ('any', 'small', 'medium', 'large', 'giant')),
  ADD coat text NOT NULL DEFAULT 'any' CHECK (coat IN ('any', 'short', 'medium', 'long')),
  ADD CHECK (size <> 'any' OR coat <> 'any');
ALTER TABLE service_prices DROP CONSTRAINT service_prices_pkey;
ALTER TABLE service_prices ADD PRIMARY KEY (organization_id, service_id, size, coat);

CREATE TABLE service_addons (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  service_id uuid NOT NULL,
  addon_id uuid NOT NULL,
  PRIMARY KEY (organization_id, service_id, addon_id),
  FOREIGN KEY (organization_id, service_id) REFERENCES services ON DELETE CASCADE,
  FOREIGN KEY (organization_id, addon_id) REFERENCES services ON DELETE CASCADE,
  CHECK (service_id <> addon_id)
);
CREATE INDEX service_addons_addon ON service_addons (organization_id, addon_id);
CALL app.protect('service_addons');
GRANT SELECT, INSERT, UPDATE, DELETE ON service_addons TO auzap_app;

CREATE TABLE products (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  code text CHECK (length(code) BETWEEN 1 AND 60),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  brand text CHECK (length(brand) BETWEEN 1 AND 80),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  cost_cents integer CHECK (cost_cents >= 0),
  unit text NOT NULL DEFAULT 'un' CHECK (unit IN ('un', 'kg', 'g', 'l', 'ml', 'pack')),
  stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
  lowest_stock integer NOT NULL DEFAULT 0 CHECK (lowest_stock >= 0),
  is_highlighted boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX products_code ON products (organization_id, code) WHERE code IS NOT NULL;
CREATE UNIQUE INDEX products_name ON products (organization_id, lower(name)) WHERE is_active;
CALL app.protect('products');
GRANT SELECT, INSERT, UPDATE, DELETE ON products TO auzap_app;

-- A day that is not like its weekday: closed where a row has no hours, else open at the hours of its rows.
CREATE TABLE special_days (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  day date NOT NULL,
  label text NOT NULL CHECK (length(label) BETWEEN 1 AND 80),
  opens time,
  closes time,
  PRIMARY KEY (organization_id, id),
  CHECK ((opens IS NULL) = (closes IS NULL)),
  CHECK (opens < closes)
);
CREATE UNIQUE INDEX special_days_once ON special_days (organization_id, day, opens) NULLS NOT DISTINCT;
CALL app.protect('special_days');
GRANT SELECT, INSERT, UPDATE, DELETE ON special_days TO auzap_app;

CREATE TABLE resources (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  kind text NOT NULL CHECK (kind IN ('table', 'tub', 'van', 'room', 'other')),
  capacity smallint NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 20),
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX resources_name ON resources (organization_id, lower(name)) WHERE is_active;
CALL app.protect('resources');
GRANT SELECT, INSERT, UPDATE, DELETE ON resources TO auzap_app;

CREATE TABLE staff_members (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  user_id uuid,
  is_vet boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, user_id) REFERENCES memberships (organization_id, user_id) ON DELETE SET NULL (user_id)
);
CREATE UNIQUE INDEX staff_members_name ON staff_members (organization_id, lower(name)) WHERE is_active;
CREATE UNIQUE INDEX staff_members_user ON staff_members (organization_id, user_id) WHERE user_id IS NOT NULL;
CALL app.protect('staff_members');
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_members TO auzap_app;

-- Weekday 0 is Monday. Who has no hours works whenever the shop is open.
CREATE TABLE staff_hours (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  staff_id uuid NOT NULL,
  weekday smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6),
  opens time NOT NULL,
  closes time NOT NULL,
  PRIMARY KEY (organization_id, staff_id, weekday, opens),
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff_members ON DELETE CASCADE,
  CHECK (opens < closes)
);
CALL app.protect('staff_hours');
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_hours TO auzap_app;

-- Who does a service. A service that names nobody, and needs no vet, takes nobody's time in particular.
CREATE TABLE service_staff (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  service_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  PRIMARY KEY (organization_id, service_id, staff_id),
  FOREIGN KEY (organization_id, service_id) REFERENCES services ON DELETE CASCADE,
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff_members ON DELETE CASCADE
);
CREATE INDEX service_staff_staff ON service_staff (organization_id, staff_id);
CALL app.protect('service_staff');
GRANT SELECT, INSERT, UPDATE, DELETE ON service_staff TO auzap_app;

-- Time that nobody may book: of one resource, of one person, or, where it names neither, of the shop.
CREATE TABLE blocked_times (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  resource_id uuid,
  staff_id uuid,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 200),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, resource_id) REFERENCES resources ON DELETE CASCADE,
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff_members ON DELETE CASCADE,
  CHECK (starts_at < ends_at),
  CHECK (num_nonnulls(resource_id, staff_id) <= 1)
);
CREATE INDEX blocked_times_by_end ON blocked_times (organization_id, ends_at);
CALL app.protect('blocked_times');
GRANT SELECT, INSERT, UPDATE, DELETE ON blocked_times TO auzap_app;

-- The same appointment each so many weeks or months, until somebody ends it.
CREATE TABLE booking_series (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  pet_id uuid NOT NULL,
  service_id uuid NOT NULL,
  addon_ids uuid[] NOT NULL DEFAULT '{}' CHECK (cardinality(addon_ids) <= 10),
  every smallint NOT NULL CHECK (every BETWEEN 1 AND 12),
  unit text NOT NULL CHECK (unit IN ('week', 'month')),
  starts_on date NOT NULL,
  at time NOT NULL,
  until date,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
  -- Days on which it could not be: the staff were told of each once.
  missed date[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE,
  FOREIGN KEY (organization_id, service_id) REFERENCES services,
  CHECK (starts_on <= until)
);
CREATE UNIQUE INDEX booking_series_once ON booking_series (organization_id, pet_id, service_id) WHERE state = 'active';
CREATE INDEX booking_series_contact ON booking_series (organization_id, contact_id);
CALL app.protect('booking_series');
GRANT SELECT, INSERT, UPDATE ON booking_series TO auzap_app;

ALTER TABLE bookings
  DROP CONSTRAINT bookings_lane_free,
  DROP CONSTRAINT bookings_pet_free,
  DROP CONSTRAINT bookings_status_check,
  DROP CONSTRAINT bookings_source_check,
  ADD CONSTRAINT bookings_status_check
    CHECK (status IN ('requested', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show')),
  ADD CONSTRAINT bookings_source_check CHECK (source IN ('agent', 'staff', 'series', 'waitlist', 'import', 'demonstration')),
  -- Asked for together, as two pets of one family are.
  ADD request_id uuid,
  ADD series_id uuid,
  -- The day that the series meant, however often the appointment is moved.
  ADD series_day date,
  ADD notes text NOT NULL DEFAULT '' CHECK (length(notes) <= 1000),
  -- Why it is what it is now; each change keeps its own in booking_moves.
  ADD status_reason text CHECK (length(status_reason) BETWEEN 1 AND 300),
  ADD deposit_cents integer NOT NULL DEFAULT 0 CHECK (deposit_cents >= 0),
  ADD attendance_confirmed_at timestamptz,
  ADD completed_at timestamptz,
  ADD FOREIGN KEY (organization_id, series_id) REFERENCES booking_series,
  ADD CHECK ((series_id IS NULL) = (series_day IS NULL)),
  ADD CHECK (deposit_cents <= price_cents),
  ADD CONSTRAINT bookings_pet_free EXCLUDE USING gist
    (organization_id WITH =, pet_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (status IN ('requested', 'confirmed', 'in_progress', 'completed'));
CREATE UNIQUE INDEX bookings_series_day ON bookings (organization_id, series_id, series_day) WHERE series_id IS NOT NULL;
CREATE INDEX bookings_by_pet ON bookings (organization_id, pet_id, starts_at);

CREATE TABLE booking_addons (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  booking_id uuid NOT NULL,
  service_id uuid NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  PRIMARY KEY (organization_id, booking_id, service_id),
  FOREIGN KEY (organization_id, booking_id) REFERENCES bookings ON DELETE CASCADE,
  FOREIGN KEY (organization_id, service_id) REFERENCES services
);
CALL app.protect('booking_addons');
GRANT SELECT, INSERT, UPDATE, DELETE ON booking_addons TO auzap_app;

-- The proof against overbooking: whatever a booking needs has numbered places, and a place is taken once at a time.
-- Its time includes the service's buffers. A booking has one place of the shop or of a resource, and maybe a person's.
CREATE TABLE booking_places (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  booking_id uuid NOT NULL,
  resource_id uuid,
  staff_id uuid,
  -- Neither a resource nor a person: one of as many places as the shop serves at once.
  place_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(resource_id, staff_id, organization_id)) STORED,
  number smallint NOT NULL CHECK (number BETWEEN 1 AND 20),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, booking_id) REFERENCES bookings ON DELETE CASCADE,
  FOREIGN KEY (organization_id, resource_id) REFERENCES resources,
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff_members,
  -- A day of the shop and both its buffers: whoever looks for what overlaps a moment need not look further back.
  CHECK (starts_at < ends_at AND ends_at - starts_at <= '32 hours'),
  CHECK (num_nonnulls(resource_id, staff_id) <= 1),
  CHECK (staff_id IS NULL OR number = 1),
  CONSTRAINT booking_places_free EXCLUDE USING gist
    (organization_id WITH =, place_id WITH =, number WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX booking_places_booking ON booking_places (organization_id, booking_id);
CREATE INDEX booking_places_by_time ON booking_places (organization_id, starts_at);
CALL app.protect('booking_places');
GRANT SELECT, INSERT, UPDATE, DELETE ON booking_places TO auzap_app;

-- No place beyond what there is, whatever the code believes there to be.
CREATE FUNCTION app.check_booking_place() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  capacity integer;
BEGIN
  IF NEW.staff_id IS NOT NULL THEN
    RETURN NEW;
  END IF;
  capacity := CASE WHEN NEW.resource_id IS NULL
    THEN (SELECT s.parallel_bookings FROM public.organization_settings s WHERE s.organization_id = NEW.organization_id)
    ELSE (SELECT r.capacity FROM public.resources r WHERE r.organization_id = NEW.organization_id AND r.id = NEW.resource_id) END;
  IF NEW.number > coalesce(capacity, 0) THEN
    RAISE EXCEPTION 'there is no place number %', NEW.number USING ERRCODE = 'AZ003';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER checked BEFORE INSERT OR UPDATE ON booking_places FOR EACH ROW EXECUTE FUNCTION app.check_booking_place();

INSERT INTO booking_places (organization_id, booking_id, number, starts_at, ends_at)
SELECT b.organization_id, b.id, b.lane, b.starts_at, b.ends_at FROM bookings b WHERE b.status IN ('confirmed', 'completed');
-- While the version before still books, its lane is a place of the shop's; then the column goes.
ALTER TABLE bookings ALTER lane DROP NOT NULL;
CREATE FUNCTION app.place_by_lane() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.booking_places (organization_id, booking_id, number, starts_at, ends_at)
  VALUES (NEW.organization_id, NEW.id, NEW.lane, NEW.starts_at, NEW.ends_at);
  RETURN NULL;
END
$$;
CREATE TRIGGER placed_by_lane AFTER INSERT ON bookings FOR EACH ROW WHEN (NEW.lane IS NOT NULL) EXECUTE FUNCTION app.place_by_lane();

CREATE TABLE booking_moves (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  booking_id uuid NOT NULL,
  -- NULL where it began.
  from_status text,
  to_status text NOT NULL,
  from_starts_at timestamptz,
  to_starts_at timestamptz NOT NULL,
  reason text,
  actor text NOT NULL DEFAULT app.current_actor(),
  moved_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, booking_id) REFERENCES bookings ON DELETE CASCADE
);
CREATE INDEX booking_moves_of ON booking_moves (organization_id, booking_id, id);
CALL app.protect('booking_moves');
GRANT SELECT, INSERT ON booking_moves TO auzap_app;

-- A wrong move is refused by the database, whoever makes it. The trigger names the column that says where a row stands, and
-- each move of it that is allowed, as 'from to'.
CREATE FUNCTION app.check_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  was text := to_jsonb(OLD) ->> TG_ARGV[0];
  is_now text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF was || ' ' || is_now <> ALL (TG_ARGV[1:]) THEN
    RAISE EXCEPTION '% do not go from % to %', TG_TABLE_NAME, was, is_now USING ERRCODE = 'AZ002';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER move BEFORE UPDATE OF status ON bookings FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION app.check_move('status',
    'requested confirmed', 'requested cancelled',
    -- Moved by the agent where people of the shop confirm.
    'confirmed requested',
    'confirmed in_progress', 'confirmed completed', 'confirmed cancelled', 'confirmed no_show',
    'in_progress completed', 'in_progress cancelled');

CREATE FUNCTION app.stamp_booking_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.cancelled_at := CASE WHEN NEW.status = 'cancelled' THEN app.now() END;
  NEW.completed_at := CASE WHEN NEW.status = 'completed' THEN app.now() END;
  RETURN NEW;
END
$$;
CREATE TRIGGER stamped BEFORE UPDATE OF status ON bookings
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION app.stamp_booking_end();

CREATE FUNCTION app.record_booking_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.booking_moves (organization_id, booking_id, from_status, to_status, from_starts_at, to_starts_at, reason)
  VALUES (NEW.organization_id, NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status,
    CASE WHEN TG_OP = 'UPDATE' THEN OLD.starts_at END, NEW.starts_at, NEW.status_reason);
  -- Nobody comes: its places are free for others.
  IF NEW.status IN ('cancelled', 'no_show') THEN
    DELETE FROM public.booking_places p WHERE p.organization_id = NEW.organization_id AND p.booking_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER began AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION app.record_booking_move();
CREATE TRIGGER moved AFTER UPDATE OF status, starts_at ON bookings
  FOR EACH ROW WHEN ((OLD.status, OLD.starts_at) IS DISTINCT FROM (NEW.status, NEW.starts_at))
  EXECUTE FUNCTION app.record_booking_move();

-- At the end of its transaction a booking that is to happen has its place for all of its time.
CREATE FUNCTION app.check_booking_is_placed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  subject uuid;
BEGIN
  subject := CASE WHEN TG_TABLE_NAME = 'bookings' THEN (to_jsonb(NEW) ->> 'id')::uuid
    ELSE (to_jsonb(coalesce(NEW, OLD)) ->> 'booking_id')::uuid END;
  IF EXISTS (
    SELECT FROM public.bookings b WHERE b.id = subject AND b.status IN ('requested', 'confirmed', 'in_progress', 'completed')
      AND (SELECT count(*) FROM public.booking_places p WHERE p.booking_id = b.id AND p.staff_id IS NULL
            AND p.starts_at <= b.starts_at AND p.ends_at >= b.ends_at) <> 1)
  THEN
    RAISE EXCEPTION 'a booking without its place' USING ERRCODE = 'AZ004';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER placed AFTER INSERT OR UPDATE OF starts_at, ends_at, status ON bookings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_booking_is_placed();
CREATE CONSTRAINT TRIGGER placed AFTER UPDATE OR DELETE ON booking_places
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_booking_is_placed();

-- Who wants a day that is full. A freed place is offered to whoever has waited longest.
CREATE TABLE waitlist_entries (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  pet_id uuid NOT NULL,
  service_id uuid NOT NULL,
  addon_ids uuid[] NOT NULL DEFAULT '{}' CHECK (cardinality(addon_ids) <= 10),
  from_day date NOT NULL,
  until_day date NOT NULL,
  period text NOT NULL DEFAULT 'any' CHECK (period IN ('morning', 'afternoon', 'any')),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'offered', 'booked', 'expired', 'cancelled')),
  -- The proposal that waits for their yes.
  offer_id uuid,
  offered_starts_at timestamptz,
  offered_ends_at timestamptz,
  offer_expires_at timestamptz,
  -- Times that were offered and not taken: not offered again.
  refused timestamptz[] NOT NULL DEFAULT '{}',
  -- When there may be room for it, or its offer is over. A place that becomes free makes it now.
  look_at timestamptz NOT NULL DEFAULT app.now() + interval '5 minutes',
  booking_id uuid,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets ON DELETE CASCADE,
  FOREIGN KEY (organization_id, service_id) REFERENCES services,
  FOREIGN KEY (organization_id, offer_id) REFERENCES pending_actions,
  FOREIGN KEY (organization_id, booking_id) REFERENCES bookings,
  CHECK (from_day <= until_day AND until_day - from_day <= 31),
  CHECK (num_nonnulls(offer_id, offered_starts_at, offered_ends_at, offer_expires_at)
    = CASE state WHEN 'offered' THEN 4 ELSE 0 END),
  CHECK ((state = 'booked') = (booking_id IS NOT NULL))
);
CREATE UNIQUE INDEX waitlist_entries_once ON waitlist_entries (organization_id, pet_id, service_id) WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_entries_waiting ON waitlist_entries (organization_id, created_at) WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_entries_contact ON waitlist_entries (organization_id, contact_id);
CREATE INDEX waitlist_entries_offer ON waitlist_entries (organization_id, offer_id) WHERE offer_id IS NOT NULL;
CREATE INDEX waitlist_entries_due ON waitlist_entries (look_at) WHERE state IN ('waiting', 'offered');
CALL app.protect('waitlist_entries');
GRANT SELECT, INSERT, UPDATE ON waitlist_entries TO auzap_app;

ALTER TABLE organization_settings
  -- Where false, a plain booking is made without the question, and the reply is its confirmation.
  ADD asks_before_booking boolean NOT NULL DEFAULT true,
  -- Where true, what the agent books is requested, and a person of the shop confirms it.
  ADD staff_confirms boolean NOT NULL DEFAULT false,
  -- Until so long before it a customer may move or cancel an appointment without a person of the shop.
  ADD cancellation_notice interval NOT NULL DEFAULT '2 hours' CHECK (cancellation_notice BETWEEN '0 hours' AND '7 days'),
  ADD payment_methods text[] NOT NULL DEFAULT '{pix,card,cash}' CHECK (payment_methods <@ ARRAY['pix', 'card', 'cash', 'boleto']);

CREATE TRIGGER change AFTER INSERT OR UPDATE OF state OR DELETE ON waitlist_entries FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON products FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON blocked_times FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON service_addons FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON products FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON special_days FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON resources FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON staff_members FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON staff_hours FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON service_staff FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON blocked_times FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON booking_series FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF state ON waitlist_entries FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON service_addons FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON special_days FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON resources FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON staff_members FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON staff_hours FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON service_staff FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();

-- What the server itself offers, as a freed place, belongs to no turn.
ALTER TABLE pending_actions ALTER turn_id DROP NOT NULL;
