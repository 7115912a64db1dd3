-- Conversations: what was said, who holds them, the turns of the agent, and what is to be sent.
CREATE TABLE conversations (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  contact_id uuid NOT NULL,
  channel_account_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'ai' CHECK (state IN ('ai', 'waiting_human', 'human', 'closed')),
  assigned_user_id uuid,
  handoff_reason text,
  handoff_at timestamptz,
  -- Where the last message came from, so that the answer goes back to the identity that wrote.
  reply_to text NOT NULL,
  unread_count integer NOT NULL DEFAULT 0,
  last_message_at timestamptz NOT NULL DEFAULT app.now(),
  last_inbound_at timestamptz,
  -- When the agent should next look; whether there is anything to answer is asked of the messages.
  answer_at timestamptz,
  hinted_at timestamptz,
  -- The turn that runs: its number, which only grows, and how long it may hold the conversation.
  fence bigint NOT NULL DEFAULT 0,
  lease_token uuid,
  lease_until timestamptz,
  closed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (organization_id, channel_account_id) REFERENCES channel_accounts,
  FOREIGN KEY (organization_id, assigned_user_id) REFERENCES memberships (organization_id, user_id) ON DELETE SET NULL (assigned_user_id),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX conversations_open ON conversations (organization_id, contact_id, channel_account_id) WHERE state <> 'closed';
CREATE INDEX conversations_inbox ON conversations (organization_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_due ON conversations (answer_at) WHERE answer_at IS NOT NULL AND state = 'ai';
CALL app.protect('conversations');
GRANT SELECT, INSERT, UPDATE ON conversations TO auzap_app;

CREATE TABLE turns (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  fence bigint NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'answered', 'dropped', 'gave_up')),
  message_ids uuid[] NOT NULL,
  steps integer NOT NULL DEFAULT 0,
  intent text,
  confidence smallint CHECK (confidence BETWEEN 0 AND 100),
  outcome text,
  input_tokens integer NOT NULL DEFAULT 0,
  output_tokens integer NOT NULL DEFAULT 0,
  cost_micros bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT app.now(),
  finished_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
-- One running turn a conversation: a second worker resumes it or stops, it never starts another.
CREATE UNIQUE INDEX turns_running ON turns (organization_id, conversation_id) WHERE state = 'running';
CREATE INDEX turns_by_conversation ON turns (organization_id, conversation_id, id);
CALL app.protect('turns');
GRANT SELECT, INSERT, UPDATE ON turns TO auzap_app;

-- The journal: what a turn has done, so that a retry replays it instead of doing it again.
CREATE TABLE turn_steps (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  turn_id uuid NOT NULL,
  step integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('model', 'tool', 'confirmation', 'note')),
  content jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, turn_id) REFERENCES turns
) PARTITION BY RANGE (id);
CREATE INDEX turn_steps_by_turn ON turn_steps (organization_id, turn_id, step);
CALL app.protect('turn_steps');
GRANT SELECT, INSERT ON turn_steps TO auzap_app;
CALL app.create_partitions('turn_steps', 3);

CREATE TABLE outbox (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  turn_id uuid,
  kind text NOT NULL CHECK (kind IN ('reply', 'handoff', 'apology', 'staff')),
  -- 'bot' rows are dropped when a person holds the conversation; 'person' rows are the person's own.
  author text NOT NULL CHECK (author IN ('bot', 'person')),
  content jsonb NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled')),
  due_at timestamptz NOT NULL DEFAULT app.now(),
  attempts integer NOT NULL DEFAULT 0,
  claimed_at timestamptz,
  resent boolean NOT NULL DEFAULT false,
  provider_id text,
  error_code integer,
  error_detail text,
  hinted_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, turn_id) REFERENCES turns
);
-- A turn speaks once in each role, however often it is retried.
CREATE UNIQUE INDEX outbox_once ON outbox (organization_id, turn_id, kind) WHERE turn_id IS NOT NULL;
CREATE INDEX outbox_unsent ON outbox (organization_id, conversation_id, id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending');
CALL app.protect('outbox');
GRANT SELECT, INSERT, UPDATE ON outbox TO auzap_app;

CREATE TABLE messages (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  sender text NOT NULL CHECK (sender IN ('customer', 'agent', 'staff', 'system')),
  kind text NOT NULL CHECK (kind IN (
    'text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts', 'reaction', 'button', 'interactive',
    'order', 'system', 'edit', 'revoke', 'request_welcome', 'template', 'unsupported')),
  text text NOT NULL DEFAULT '',
  details jsonb NOT NULL DEFAULT '{}',
  provider_id text,
  provider_at timestamptz NOT NULL,
  quoted_provider_id text,
  -- Whether the customer waits for an answer to this, and the turn that gave it.
  awaits_answer boolean NOT NULL DEFAULT false,
  turn_id uuid,
  outbox_id uuid,
  delivery text CHECK (delivery IN ('queued', 'sent', 'delivered', 'read', 'played', 'failed')),
  error_code integer,
  pricing jsonb,
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, turn_id) REFERENCES turns,
  FOREIGN KEY (organization_id, outbox_id) REFERENCES outbox
) PARTITION BY RANGE (id);
CREATE INDEX messages_by_conversation ON messages (organization_id, conversation_id, provider_at DESC, id DESC);
CREATE INDEX messages_unanswered ON messages (organization_id, conversation_id, recorded_at) WHERE awaits_answer AND turn_id IS NULL;
CREATE INDEX messages_of_outbox ON messages (organization_id, outbox_id) WHERE outbox_id IS NOT NULL;
CALL app.protect('messages');
GRANT SELECT, INSERT, UPDATE ON messages TO auzap_app;
CALL app.create_partitions('messages', 3);

-- The element as the provider sent it, for 30 days; the message itself keeps what the product needs.
CREATE TABLE raw_elements (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL,
  element jsonb NOT NULL,
  PRIMARY KEY (organization_id, id)
) PARTITION BY RANGE (id);
CALL app.protect('raw_elements');
GRANT SELECT, INSERT ON raw_elements TO auzap_app;
CALL app.create_partitions('raw_elements', 3);

-- A provider's message id is known once for ever, across the monthly partitions of messages.
CREATE TABLE message_keys (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  channel_account_id uuid NOT NULL,
  provider_id text NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (organization_id, channel_account_id, provider_id),
  FOREIGN KEY (organization_id, channel_account_id) REFERENCES channel_accounts
);
CALL app.protect('message_keys');
GRANT SELECT, INSERT ON message_keys TO auzap_app;

-- An act that binds, as the server stored it; it runs after a later yes of the same customer, or not at all.
CREATE TABLE pending_actions (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  turn_id uuid NOT NULL,
  kind text NOT NULL,
  arguments jsonb NOT NULL,
  summary text NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'done', 'declined', 'refused', 'replaced')),
  proposed_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz NOT NULL DEFAULT app.now() + interval '10 minutes',
  resolved_at timestamptz,
  result text,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (organization_id, turn_id) REFERENCES turns
);
CREATE UNIQUE INDEX pending_actions_open ON pending_actions (organization_id, conversation_id) WHERE state = 'proposed';
CALL app.protect('pending_actions');
GRANT SELECT, INSERT, UPDATE ON pending_actions TO auzap_app;

CREATE TABLE staff_tasks (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid,
  kind text NOT NULL CHECK (kind IN ('handoff', 'gave_up', 'arrived_late', 'send_failed', 'window_closed', 'dead_letter')),
  detail text NOT NULL,
  done_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
CREATE INDEX staff_tasks_open ON staff_tasks (organization_id, created_at) WHERE done_at IS NULL;
CALL app.protect('staff_tasks');
GRANT SELECT, INSERT, UPDATE ON staff_tasks TO auzap_app;
