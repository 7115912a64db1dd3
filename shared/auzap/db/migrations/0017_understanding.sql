-- How the agent speaks, what it understood of each turn, and what it keeps of older ones.
ALTER TABLE organization_settings
  ADD agent_style text NOT NULL DEFAULT 'friendly' CHECK (agent_style IN ('friendly', 'professional', 'energetic')),
  ADD agent_tone text NOT NULL DEFAULT 'casual' CHECK (agent_tone IN ('casual', 'semi_formal', 'formal')),
  ADD agent_emoji text NOT NULL DEFAULT 'low' CHECK (agent_emoji IN ('none', 'low', 'medium', 'high')),
  ADD agent_slang boolean NOT NULL DEFAULT false,
  ADD agent_empathy smallint NOT NULL DEFAULT 8 CHECK (agent_empathy BETWEEN 1 AND 10),
  -- What the shop wants its agent to keep in mind, in its own words.
  ADD instructions text NOT NULL DEFAULT '' CHECK (length(instructions) <= 2000),
  -- The vet or the clinic that an emergency is sent to.
  ADD emergency_contact text NOT NULL DEFAULT '' CHECK (length(emergency_contact) <= 200);

-- A turn is told of some forty tools each time that the model is asked.
ALTER TABLE organization_settings
  ALTER turn_token_cap SET DEFAULT 160000,
  ALTER contact_daily_token_cap SET DEFAULT 1500000,
  ALTER daily_token_cap SET DEFAULT 12000000;

-- The shop's own wording of what is said often; the least used comes first.
CREATE TABLE wordings (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('greeting', 'confirmation', 'celebration', 'closing', 'error')),
  occasion text NOT NULL DEFAULT 'any' CHECK (occasion IN ('any', 'morning', 'afternoon', 'night', 'new', 'returning', 'vip', 'inactive')),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 600),
  usage_count integer NOT NULL DEFAULT 0,
  last_used_at timestamptz,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX wordings_once ON wordings (organization_id, kind, occasion, text);
CALL app.protect('wordings');
GRANT SELECT, INSERT, UPDATE, DELETE ON wordings TO auzap_app;

ALTER TABLE turns
  ADD urgency text CHECK (urgency IN ('low', 'normal', 'high', 'critical')),
  ADD sentiment text CHECK (sentiment IN ('positive', 'neutral', 'negative', 'frustrated', 'anxious', 'excited')),
  ADD journey text CHECK (journey IN ('discovery', 'interest', 'consideration', 'decision', 'after_sale', 'loyal', 'at_risk'));

ALTER TABLE conversations
  -- What was said before the latest messages, folded; and up to which message.
  ADD memory text CHECK (length(memory) BETWEEN 1 AND 4000),
  ADD memory_until timestamptz,
  ADD CHECK ((memory IS NULL) = (memory_until IS NULL));

CREATE TRIGGER audit AFTER INSERT OR UPDATE OF kind, occasion, text, is_active OR DELETE ON wordings
  FOR EACH ROW EXECUTE FUNCTION app.record_audit('usage_count', 'last_used_at');
CREATE TRIGGER version AFTER INSERT OR UPDATE OF kind, occasion, text, is_active OR DELETE ON wordings
  FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
