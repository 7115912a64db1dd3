-- A change as it is told: where it stands, what it is about, and for what people watch, how it is by now. Of a notification
-- also whom it is for, and who has muted its kind.
CREATE OR REPLACE FUNCTION app.told_change(change public.changes) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'position', change.position, 'table', change.table_name, 'id', change.row_id, 'operation', change.operation,
    'parent', change.parent_id, 'at', change.recorded_at,
    'detail', CASE change.table_name
      WHEN 'jobs' THEN (
        SELECT jsonb_build_object('kind', j.kind, 'state', j.state, 'done', j.done, 'total', j.total)
        FROM public.jobs j WHERE j.id = change.row_id)
      WHEN 'channel_accounts' THEN (
        SELECT jsonb_build_object('channel', a.channel, 'status', a.status) FROM public.channel_accounts a WHERE a.id = change.row_id)
      END,
    'told_to', CASE WHEN change.table_name = 'notifications' THEN (
      SELECT jsonb_build_object('reader', n.detail -> 'user_id', 'muted_by', (
        SELECT jsonb_agg(p.user_id) FROM public.notification_preferences p WHERE p.kind = n.kind AND NOT p.in_centre))
      FROM public.notifications n WHERE n.id = change.row_id) END))
$$;

-- Give positions to the shop's changes that have none, in the order of their ids, and tell those. One at a time a shop: the
-- head row is held, so that positions are dense whatever order transactions commit in.
CREATE OR REPLACE FUNCTION app.publish_changes(organization uuid, actor text, most integer)
RETURNS TABLE (first bigint, changes jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  head bigint;
  given integer;
BEGIN
  PERFORM app.begin_tenant(organization, actor);
  INSERT INTO public.change_heads DEFAULT VALUES ON CONFLICT DO NOTHING;
  SELECT h.position INTO head FROM public.change_heads h FOR UPDATE;
  -- In a statement of its own: what committed while we waited is seen.
  WITH due AS (
    SELECT c.id, row_number() OVER (ORDER BY c.id) AS place FROM (
      SELECT c.id FROM public.changes c WHERE c.position IS NULL ORDER BY c.id LIMIT most) c
  ), numbered AS (
    UPDATE public.changes c SET position = head + due.place FROM due WHERE c.id = due.id
    RETURNING c.position, app.told_change(c) AS told
  )
  SELECT count(*), coalesce(jsonb_agg(n.told ORDER BY n.position), '[]') INTO given, changes FROM numbered n;
  IF given > 0 THEN
    UPDATE public.change_heads h SET position = head + given;
  END IF;
  first := head + 1;
  RETURN NEXT;
END
$$;

-- Where the shop's changes have come to, and those after a position, as many as asked for. None are told to whom has missed
-- more than that, or what is not kept any more: who asks begins anew.
CREATE OR REPLACE FUNCTION app.changes_since(since bigint, most integer, farthest integer, oldest interval)
RETURNS TABLE (head bigint, is_too_late boolean, changes jsonb)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
  next timestamptz;
BEGIN
  head := coalesce((SELECT h.position FROM public.change_heads h), 0);
  changes := '[]';
  is_too_late := since > head OR head - since > farthest;
  IF is_too_late OR since = head THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT c.recorded_at INTO next FROM public.changes c WHERE c.position = since + 1;
  is_too_late := next IS NULL OR next < app.now() - oldest;
  IF NOT is_too_late THEN
    changes := (
      SELECT jsonb_agg(app.told_change(c) ORDER BY c.position) FROM public.changes c
      WHERE c.position > since AND c.position <= since + most);
  END IF;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.told_change(changes), app.publish_changes(uuid, text, integer),
  app.changes_since(bigint, integer, integer, interval) TO auzap_app;
