-- The send path: how fast, until when, and with which template where a window is closed.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('reply', 'handoff', 'apology', 'notice', 'template', 'staff'));
ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;
-- held: the customer's window is closed; it waits for them to write.
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('queued', 'sending', 'held', 'sent', 'failed', 'cancelled', 'expired'));
ALTER TABLE outbox
  ADD expires_at timestamptz NOT NULL DEFAULT app.now() + interval '24 hours',
  -- Said once for one occasion, however often it is noticed.
  ADD once_key text CHECK (length(once_key) BETWEEN 1 AND 200),
  -- When the provider's refusals may be tried again is due_at; this is when it first could have gone.
  ADD first_tried_at timestamptz;
CREATE UNIQUE INDEX outbox_said_once ON outbox (organization_id, once_key) WHERE once_key IS NOT NULL;
CREATE INDEX outbox_held ON outbox (organization_id, conversation_id, id) WHERE state = 'held';

-- One message each 6 seconds to one person, 45 of them borrowed: when the borrowed time runs out.
ALTER TABLE conversations ADD paced_until timestamptz;

ALTER TABLE channel_accounts
  ADD per_second smallint NOT NULL DEFAULT 80 CHECK (per_second BETWEEN 1 AND 1000),
  ADD campaigns_paused_until timestamptz,
  ADD token_expires_at timestamptz;

-- One row a number, apart from the account: it changes with every message.
CREATE TABLE sending_pace (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  channel_account_id uuid NOT NULL,
  paced_until timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, channel_account_id),
  FOREIGN KEY (organization_id, channel_account_id) REFERENCES channel_accounts ON DELETE CASCADE
) WITH (fillfactor = 50);
CALL app.protect('sending_pace');
GRANT SELECT, INSERT, UPDATE ON sending_pace TO auzap_app;

CREATE TABLE message_templates (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  -- Templates belong to the business account, and all of its numbers may send them.
  business_id text NOT NULL,
  name text NOT NULL CHECK (name ~ '^[a-z0-9_]{1,512}$'),
  language text NOT NULL CHECK (language ~ '^[a-z]{2}(_[A-Z]{2})?$'),
  -- What the house uses it for: 'reopen' asks a customer to open the window again.
  purpose text CHECK (purpose IN ('reopen')),
  category text NOT NULL CHECK (category IN ('utility', 'marketing', 'authentication')),
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paused', 'disabled')),
  body text NOT NULL CHECK (length(body) BETWEEN 1 AND 1024),
  buttons jsonb NOT NULL DEFAULT '[]',
  updated_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX message_templates_name ON message_templates (organization_id, business_id, name, language);
CALL app.protect('message_templates');
GRANT SELECT, INSERT, UPDATE, DELETE ON message_templates TO auzap_app;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON message_templates FOR EACH ROW EXECUTE FUNCTION app.record_audit();
