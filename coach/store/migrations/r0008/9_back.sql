-- Away with policies, triggers, functions and rights. The groups stay: other databases of the server may use them.
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT tablename, policyname FROM pg_catalog.pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON public.%I', one.policyname, one.tablename);
  END LOOP;
  FOR one IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE public.%I DISABLE ROW LEVEL SECURITY', one.tablename);
  END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND starts_with(p.proname, 'coach_') LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', one.name);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM coach_staff, coach_trainer, coach_supervisor', current_database());
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM coach_staff, coach_trainer, coach_supervisor;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM coach_staff, coach_trainer, coach_supervisor;
REVOKE USAGE ON SCHEMA public FROM coach_staff, coach_trainer, coach_supervisor;
