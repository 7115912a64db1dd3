-- What the prompt guard and the reply gate noticed, for staff to look at.
CREATE TABLE security_incidents (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  turn_id uuid,
  kind text NOT NULL CHECK (kind IN (
    'injection_attempt', 'prompt_leak', 'off_topic', 'over_promise', 'validation_failed', 'identity_leak', 'forbidden_call')),
  severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  layer text NOT NULL CHECK (layer IN ('input', 'output', 'tool')),
  action text NOT NULL CHECK (action IN ('flagged', 'regenerated', 'blocked', 'handed_over')),
  rules text[] NOT NULL CHECK (cardinality(rules) > 0),
  resolved_at timestamptz,
  resolved_by text,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, turn_id) REFERENCES turns
);
-- A turn that is retried notices the same thing again.
CREATE UNIQUE INDEX security_incidents_once ON security_incidents (organization_id, turn_id, layer, kind, action) WHERE turn_id IS NOT NULL;
CREATE INDEX security_incidents_open ON security_incidents (organization_id, id) WHERE resolved_at IS NULL;
CREATE INDEX security_incidents_by_kind ON security_incidents (organization_id, kind, created_at);
CALL app.protect('security_incidents');
GRANT SELECT, INSERT, UPDATE ON security_incidents TO auzap_app;
CREATE TRIGGER change AFTER INSERT OR UPDATE ON security_incidents FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER UPDATE ON security_incidents FOR EACH ROW EXECUTE FUNCTION app.record_audit();
