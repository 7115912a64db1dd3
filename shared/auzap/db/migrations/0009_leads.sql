-- Leads: how warm a customer is, where it came from, and every change of that; and the rules by which the agent hands over.
ALTER TABLE organization_settings
  -- NULL: a hot lead is no reason to call a person, because the agent sells too.
  ADD handoff_score integer CHECK (handoff_score BETWEEN 1 AND 1000),
  ADD handoff_most_turns integer NOT NULL DEFAULT 15 CHECK (handoff_most_turns BETWEEN 3 AND 100),
  ADD handoff_confidence integer NOT NULL DEFAULT 70 CHECK (handoff_confidence BETWEEN 0 AND 100),
  ADD handoff_intents text[] NOT NULL DEFAULT '{complaint}',
  ADD handoff_on_price boolean NOT NULL DEFAULT false,
  ADD handoff_in_hours_only boolean NOT NULL DEFAULT false,
  ADD fallback_message text CHECK (length(fallback_message) BETWEEN 1 AND 500),
  ADD turn_token_cap integer NOT NULL DEFAULT 60000 CHECK (turn_token_cap >= 1000),
  ADD turn_cost_cap_micros bigint NOT NULL DEFAULT 200000 CHECK (turn_cost_cap_micros >= 0),
  ADD contact_daily_token_cap bigint NOT NULL DEFAULT 400000 CHECK (contact_daily_token_cap >= 0),
  ADD daily_cost_cap_micros bigint NOT NULL DEFAULT 20000000 CHECK (daily_cost_cap_micros >= 0),
  -- How many leads a month the plan holds; NULL: as many as come.
  ADD lead_allowance integer CHECK (lead_allowance > 0),
  -- At most so long the agent waits as a person would read and type; 0: it answers at once.
  ALTER human_delay SET DEFAULT '4 seconds';

ALTER TABLE turns
  ADD handoff_trigger text,
  ADD validation text CHECK (validation IN ('valid', 'regenerated', 'blocked'));

CREATE TABLE pipeline_stages (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  colour text NOT NULL DEFAULT '#8b8fa3' CHECK (colour ~ '^#[0-9a-f]{6}$'),
  position integer NOT NULL DEFAULT 0,
  is_won boolean NOT NULL DEFAULT false,
  is_lost boolean NOT NULL DEFAULT false,
  PRIMARY KEY (organization_id, id),
  CHECK (NOT (is_won AND is_lost))
);
CREATE UNIQUE INDEX pipeline_stages_name ON pipeline_stages (organization_id, lower(name));
CALL app.protect('pipeline_stages');
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline_stages TO auzap_app;

CREATE TABLE leads (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  stage text NOT NULL DEFAULT 'new' CHECK (stage IN ('new', 'qualifying', 'hot', 'human', 'converted', 'lost')),
  score integer NOT NULL DEFAULT 0 CHECK (score >= 0),
  pipeline_stage_id uuid,
  assigned_user_id uuid,
  is_priority boolean NOT NULL DEFAULT false,
  needs_review boolean NOT NULL DEFAULT false,
  -- Replies refused by the gate, one after the other.
  refused_replies integer NOT NULL DEFAULT 0,
  source text NOT NULL DEFAULT 'whatsapp' CHECK (source IN ('whatsapp', 'advertisement', 'import', 'staff')),
  utm jsonb NOT NULL DEFAULT '{}',
  -- The signals that have counted, and the shop's day on which they did: each counts once a day.
  scored_on date,
  scored text[] NOT NULL DEFAULT '{}',
  -- How many points the present silence has cost already.
  silence_points integer NOT NULL DEFAULT 0 CHECK (silence_points >= 0),
  first_contact_at timestamptz NOT NULL DEFAULT app.now(),
  last_contact_at timestamptz NOT NULL DEFAULT app.now(),
  converted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (organization_id, pipeline_stage_id) REFERENCES pipeline_stages ON DELETE SET NULL (pipeline_stage_id),
  FOREIGN KEY (organization_id, assigned_user_id) REFERENCES memberships (organization_id, user_id) ON DELETE SET NULL (assigned_user_id)
);
CREATE UNIQUE INDEX leads_contact ON leads (organization_id, contact_id);
CREATE INDEX leads_by_stage ON leads (organization_id, stage, score DESC);
CREATE INDEX leads_by_silence ON leads (organization_id, last_contact_at);
CALL app.protect('leads');
GRANT SELECT, INSERT, UPDATE, DELETE ON leads TO auzap_app;

-- The stage a score asks for. What a person or the end of a talk has set stays, and nobody becomes new again.
CREATE FUNCTION app.lead_stage(stage text, score integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN stage NOT IN ('new', 'qualifying', 'hot') THEN stage
  WHEN score > 60 THEN 'hot'
  WHEN score > 20 OR stage <> 'new' THEN 'qualifying'
  ELSE 'new' END;
GRANT EXECUTE ON FUNCTION app.lead_stage(text, integer) TO auzap_app;

CREATE TABLE lead_events (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN (
    'stage_change', 'score_change', 'assigned', 'unassigned', 'tag_added', 'tag_removed', 'handoff', 'follow_up_sent', 'converted',
    'lost', 'reopened', 'campaign_joined', 'campaign_completed', 'pipeline_stage_moved', 'automation_triggered')),
  detail jsonb NOT NULL DEFAULT '{}',
  -- ai, system, scheduled, or agent:<user>.
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX lead_events_of ON lead_events (organization_id, contact_id, id);
CALL app.protect('lead_events');
-- A merge of two contacts carries the events over.
GRANT SELECT, INSERT ON lead_events TO auzap_app;
GRANT UPDATE (contact_id) ON lead_events TO auzap_app;

CREATE TRIGGER change AFTER INSERT OR DELETE ON leads FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change_update AFTER UPDATE ON leads
  FOR EACH ROW WHEN ((OLD.stage, OLD.score, OLD.assigned_user_id, OLD.pipeline_stage_id, OLD.is_priority, OLD.needs_review)
    IS DISTINCT FROM (NEW.stage, NEW.score, NEW.assigned_user_id, NEW.pipeline_stage_id, NEW.is_priority, NEW.needs_review))
  EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON pipeline_stages FOR EACH ROW EXECUTE FUNCTION app.record_audit();

-- Whoever takes a conversation from the agent takes its lease, and ends the turn that runs, or that a dead worker left.
CREATE FUNCTION app.end_lease() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.lease_token := NULL;
  NEW.lease_until := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER taken BEFORE UPDATE OF state ON conversations
  FOR EACH ROW WHEN (OLD.state = 'ai' AND NEW.state <> 'ai') EXECUTE FUNCTION app.end_lease();

CREATE FUNCTION app.drop_turn() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.turns SET state = 'dropped', outcome = 'taken_over', finished_at = app.now()
  WHERE organization_id = NEW.organization_id AND conversation_id = NEW.id AND state = 'running';
  RETURN NULL;
END
$$;
CREATE TRIGGER dropped AFTER UPDATE OF state ON conversations
  FOR EACH ROW WHEN (OLD.state = 'ai' AND NEW.state <> 'ai') EXECUTE FUNCTION app.drop_turn();

-- What a turn spends is on the day's meter in the same moment, so that the two always agree.
CREATE FUNCTION app.meter_turn() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.usage_counters AS u (organization_id, day, metric, amount)
  SELECT NEW.organization_id, (app.now() AT TIME ZONE 'UTC')::date, spent.metric, spent.amount
  FROM (VALUES
    ('model_cost_micros', NEW.cost_micros - OLD.cost_micros),
    ('model_tokens', NEW.input_tokens - OLD.input_tokens + NEW.output_tokens - OLD.output_tokens)) AS spent (metric, amount)
  WHERE spent.amount > 0
  ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + excluded.amount;
  RETURN NULL;
END
$$;
CREATE TRIGGER metered AFTER UPDATE OF input_tokens, output_tokens, cost_micros ON turns
  FOR EACH ROW WHEN ((OLD.input_tokens, OLD.output_tokens, OLD.cost_micros) IS DISTINCT FROM
    (NEW.input_tokens, NEW.output_tokens, NEW.cost_micros))
  EXECUTE FUNCTION app.meter_turn();
