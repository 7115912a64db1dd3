-- How the shops' numbers are as a whole, for whoever watches the house.
GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

CREATE FUNCTION app.numbers_of_all() RETURNS TABLE (numbers integer, failing integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT count(*)::integer, count(*) FILTER (WHERE a.status = 'failing')::integer
  FROM public.channel_accounts a
  JOIN public.organizations o ON o.id = a.organization_id AND o.status = 'active'
  WHERE a.status <> 'disconnected'
$$;

REVOKE EXECUTE ON FUNCTION app.numbers_of_all() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.numbers_of_all() TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
