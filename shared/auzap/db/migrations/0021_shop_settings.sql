-- What a shop may set that nobody could yet, and the versions of what its agent is told of.
ALTER TABLE organization_settings
  -- When the owner hears how the day was, and of what could be sold.
  ADD summary_at time NOT NULL DEFAULT '18:00',
  ADD opportunities_at time NOT NULL DEFAULT '09:00',
  ADD opportunities_every text NOT NULL DEFAULT 'day' CHECK (opportunities_every IN ('day', 'week', 'never')),
  -- How Aurora speaks with the owner.
  ADD aurora_style text NOT NULL DEFAULT 'partner' CHECK (aurora_style IN ('partner', 'consultant')),
  ADD aurora_tone text NOT NULL DEFAULT 'friend' CHECK (aurora_tone IN ('friend', 'mentor')),
  ADD aurora_manner text NOT NULL DEFAULT 'proactive' CHECK (aurora_manner IN ('celebrating', 'analytical', 'proactive'));

CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON room_types FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON room_rates FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
-- Whether there are any: their prices and their stock are asked for each time.
CREATE TRIGGER version AFTER INSERT OR UPDATE OF is_active OR DELETE ON products
  FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();

-- The list of products goes on after a name.
CREATE INDEX products_by_name ON products (organization_id, lower(name), id);

GRANT CREATE ON SCHEMA app TO auzap_identity;
SET LOCAL ROLE auzap_identity;

-- The shop of the transaction, as the house has it on its books.
CREATE FUNCTION app.my_organization() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'created_at', o.created_at, 'plan', to_jsonb(p))
  FROM public.organizations o JOIN public.plans p ON p.code = o.plan WHERE o.id = app.current_organization()
$$;
REVOKE EXECUTE ON FUNCTION app.my_organization() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.my_organization() TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_identity;
