-- One person is one contact, whatever identity a message shows; and what a customer takes back or writes anew.
ALTER TABLE contacts
  -- Blocked by the shop: what they write is kept, and no bot answers.
  ADD blocked_at timestamptz,
  -- Wants nothing that they did not ask for: answers still go out, news and campaigns do not.
  ADD opted_out_at timestamptz,
  -- When they last said that they want it or do not: what was said earlier, and comes later, changes nothing.
  ADD opted_at timestamptz;

-- Two contacts that turned out to be one person; the audit trail has what both were.
CREATE TABLE contact_merges (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kept_id uuid NOT NULL,
  merged_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('same_person', 'number_changed', 'by_staff')),
  merged_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX contact_merges_kept ON contact_merges (organization_id, kept_id);
CALL app.protect('contact_merges');
GRANT SELECT, INSERT ON contact_merges TO auzap_app;

-- The one contact whose all of these identities are; NULL where one is unknown, or they are of several.
CREATE FUNCTION app.contact_of(kinds text[], shown text[]) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
  SELECT (array_agg(i.contact_id))[1] FROM unnest(kinds, shown) AS given (kind, value)
  JOIN public.contact_identities i ON i.channel = 'whatsapp' AND i.kind = given.kind AND i.value = given.value
  HAVING count(DISTINCT i.contact_id) = 1 AND count(*) = cardinality(kinds));

-- Whom identities name, and how well (1 is best): those we know; and for a number that we do not know, whoever has the
-- same line as we write it.
CREATE FUNCTION app.named_contacts(kinds text[], shown text[], spellings text[], phone text)
RETURNS TABLE (id uuid, rank integer)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT i.contact_id, CASE i.kind WHEN 'bsuid' THEN 1 WHEN 'wa_id' THEN 2 ELSE 3 END
  FROM unnest(kinds, shown) AS given (kind, value)
  JOIN public.contact_identities i ON i.channel = 'whatsapp' AND i.kind = given.kind AND i.value = given.value
  UNION ALL
  SELECT hint.contact_id, 4 FROM (
    SELECT i.contact_id FROM public.contact_identities i
    WHERE i.channel = 'whatsapp' AND i.kind = 'wa_id' AND i.value = ANY (spellings)
    UNION ALL
    SELECT p.id FROM public.contacts p WHERE p.phone = named_contacts.phone
  ) hint
  WHERE NOT EXISTS (
    SELECT FROM unnest(kinds, shown) AS given (kind, value)
    JOIN public.contact_identities i ON i.channel = 'whatsapp' AND i.kind = given.kind AND i.value = given.value
    WHERE given.kind = 'wa_id');
END;
GRANT EXECUTE ON FUNCTION app.contact_of(text[], text[]), app.named_contacts(text[], text[], text[], text) TO auzap_app;

ALTER TABLE messages
  ADD edited_at timestamptz,
  ADD revoked_at timestamptz,
  -- From before the number was connected: history, which nobody waits for an answer to.
  ADD imported boolean NOT NULL DEFAULT false,
  -- The rules of the prompt guard that the text matched.
  ADD flags text[] NOT NULL DEFAULT '{}';

-- What its sender deleted is kept as it came no more than as it is shown.
GRANT UPDATE (element) ON raw_elements TO auzap_app;

CREATE TRIGGER change_edit AFTER UPDATE OF text, edited_at, revoked_at ON messages
  FOR EACH ROW WHEN ((OLD.text, OLD.edited_at, OLD.revoked_at) IS DISTINCT FROM (NEW.text, NEW.edited_at, NEW.revoked_at))
  EXECUTE FUNCTION app.record_change('messages');
