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
    RETURNING c.position, c.table_name, c.row_id, c.operation
  )
  SELECT count(*), coalesce(jsonb_agg(jsonb_build_object(
      'position', n.position, 'table', n.table_name, 'id', n.row_id, 'operation', n.operation) ORDER BY n.position), '[]')
  INTO given, changes FROM numbered n;
  IF given > 0 THEN
    UPDATE public.change_heads h SET position = head + given;
  END IF;
  first := head + 1;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.publish_changes(uuid, text, integer) TO auzap_app;
