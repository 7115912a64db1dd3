-- One person is one contact, whatever identity a message shows; and what a customer takes back or writes anew.
ALTER TABLE contacts
  -- Blocked by the shop: what they write is kept, and no bot answers.
  ADD blocked_at timestamptz,
  -- Wants nothing that they did not ask for: answers still go out, news and campaigns do not.
  ADD opted_out_at timestamptz;

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

ALTER TABLE messages
  ADD edited_at timestamptz,
  ADD revoked_at timestamptz,
  -- From before the number was connected: history, which nobody waits for an answer to.
  ADD imported boolean NOT NULL DEFAULT false,
  -- The rules of the prompt guard that the text matched.
  ADD flags text[] NOT NULL DEFAULT '{}';

CREATE TRIGGER change_edit AFTER UPDATE OF text, edited_at, revoked_at ON messages
  FOR EACH ROW WHEN ((OLD.text, OLD.edited_at, OLD.revoked_at) IS DISTINCT FROM (NEW.text, NEW.edited_at, NEW.revoked_at))
  EXECUTE FUNCTION app.record_change('messages');
