-- The shop: its customers and their pets, what it sells, when it is open, what is booked.
CREATE TABLE contacts (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text CHECK (length(name) <= 120),
  profile_name text,
  username text,
  phone text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
  locale text NOT NULL DEFAULT 'pt-BR',
  last_counted_month date,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX contacts_phone ON contacts (organization_id, phone) WHERE phone IS NOT NULL;
CALL app.protect('contacts');
GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO auzap_app;

CREATE TABLE contact_identities (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  channel text NOT NULL CHECK (channel IN ('whatsapp')),
  kind text NOT NULL CHECK (kind IN ('bsuid', 'wa_id', 'lid')),
  value text NOT NULL CHECK (length(value) BETWEEN 1 AND 160),
  contact_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, channel, kind, value),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX contact_identities_contact ON contact_identities (organization_id, contact_id);
CALL app.protect('contact_identities');
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_identities TO auzap_app;

CREATE TABLE pets (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  species text NOT NULL CHECK (species IN ('dog', 'cat', 'bird', 'rabbit', 'other')),
  breed text CHECK (length(breed) <= 60),
  size text CHECK (size IN ('small', 'medium', 'large', 'giant')),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE UNIQUE INDEX pets_name ON pets (organization_id, contact_id, lower(name)) WHERE is_active;
CALL app.protect('pets');
GRANT SELECT, INSERT, UPDATE, DELETE ON pets TO auzap_app;

CREATE TABLE services (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  description text NOT NULL DEFAULT '',
  duration interval NOT NULL CHECK (duration BETWEEN '10 minutes' AND '12 hours'),
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  position integer NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX services_name ON services (organization_id, lower(name)) WHERE is_active;
CALL app.protect('services');
GRANT SELECT, INSERT, UPDATE, DELETE ON services TO auzap_app;

-- Where a size differs from the service's own price and duration.
CREATE TABLE service_prices (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  service_id uuid NOT NULL,
  size text NOT NULL CHECK (size IN ('small', 'medium', 'large', 'giant')),
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  duration interval NOT NULL CHECK (duration BETWEEN '10 minutes' AND '12 hours'),
  PRIMARY KEY (organization_id, service_id, size),
  FOREIGN KEY (organization_id, service_id) REFERENCES services ON DELETE CASCADE
);
CALL app.protect('service_prices');
GRANT SELECT, INSERT, UPDATE, DELETE ON service_prices TO auzap_app;

-- Weekday 0 is Monday, in the shop's own zone.
CREATE TABLE opening_hours (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  weekday smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6),
  opens time NOT NULL,
  closes time NOT NULL,
  PRIMARY KEY (organization_id, weekday, opens),
  CHECK (opens < closes)
);
CALL app.protect('opening_hours');
GRANT SELECT, INSERT, UPDATE, DELETE ON opening_hours TO auzap_app;

CREATE TABLE bookings (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  pet_id uuid NOT NULL,
  service_id uuid NOT NULL,
  lane smallint NOT NULL CHECK (lane >= 1),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  status text NOT NULL DEFAULT 'confirmed' CHECK (status IN ('confirmed', 'completed', 'cancelled', 'no_show')),
  source text NOT NULL CHECK (source IN ('agent', 'staff', 'demonstration')),
  cancelled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (organization_id, pet_id) REFERENCES pets,
  FOREIGN KEY (organization_id, service_id) REFERENCES services,
  CHECK (starts_at < ends_at),
  -- The proof against overbooking: as many lanes as the shop serves at once, one booking on a lane at a time.
  CONSTRAINT bookings_lane_free EXCLUDE USING gist
    (organization_id WITH =, lane WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status IN ('confirmed', 'completed')),
  CONSTRAINT bookings_pet_free EXCLUDE USING gist
    (organization_id WITH =, pet_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status IN ('confirmed', 'completed'))
);
CREATE INDEX bookings_by_day ON bookings (organization_id, starts_at);
CREATE INDEX bookings_by_contact ON bookings (organization_id, contact_id, starts_at);
CALL app.protect('bookings');
GRANT SELECT, INSERT, UPDATE ON bookings TO auzap_app;
