-- What customers send beside text, copied before the provider's links die.
CREATE TABLE media (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  message_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  provider_media_id text NOT NULL CHECK (length(provider_media_id) BETWEEN 1 AND 200),
  kind text NOT NULL CHECK (kind IN ('image', 'audio', 'video', 'document', 'sticker')),
  -- As the provider says it; what the bytes are is in content_type once they are here.
  declared_type text,
  filename text,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'stored', 'refused', 'failed')),
  reason text,
  attempts integer NOT NULL DEFAULT 0,
  -- Not fetched before: while a worker is at it, and between two attempts.
  due_at timestamptz NOT NULL DEFAULT app.now(),
  content_type text,
  bytes bigint CHECK (bytes > 0),
  sha256 bytea,
  object_key text,
  hinted_at timestamptz,
  fetched_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, message_id) REFERENCES messages ON DELETE CASCADE,
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  CHECK ((state = 'stored') = (object_key IS NOT NULL))
);
CREATE UNIQUE INDEX media_of_message ON media (organization_id, message_id);
CREATE INDEX media_of_conversation ON media (organization_id, conversation_id, id);
CREATE INDEX media_waiting ON media (due_at) WHERE state = 'waiting';
CALL app.protect('media');
GRANT SELECT, INSERT, UPDATE ON media TO auzap_app;

CREATE TRIGGER change AFTER INSERT OR DELETE ON media FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change_update AFTER UPDATE OF state ON media
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.record_change();

GRANT SELECT ON media TO auzap_lookup;
GRANT UPDATE (hinted_at) ON media TO auzap_lookup;
CREATE POLICY lookup ON media FOR SELECT TO auzap_lookup USING (state = 'waiting');
CREATE POLICY lookup_hint ON media FOR UPDATE TO auzap_lookup USING (state = 'waiting') WITH CHECK (state = 'waiting');

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

CREATE FUNCTION app.unhinted_media(most integer) RETURNS TABLE (organization_id uuid, media_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT m.organization_id, m.id FROM public.media m
    JOIN public.organizations o ON o.id = m.organization_id AND o.status = 'active'
    WHERE m.state = 'waiting' AND m.due_at < app.now() - interval '30 seconds'
      AND (m.hinted_at IS NULL OR m.hinted_at < app.now() - interval '2 minutes')
    ORDER BY m.due_at LIMIT most FOR UPDATE OF m SKIP LOCKED
  )
  UPDATE public.media m SET hinted_at = app.now() FROM due
  WHERE m.organization_id = due.organization_id AND m.id = due.id
  RETURNING m.organization_id, m.id
$$;

REVOKE EXECUTE ON FUNCTION app.unhinted_media(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.unhinted_media(integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
