-- That something was changed: a row in "book_change" (which signals are kept until), and a notice on the channel "coach".
-- Anybody may listen, so a notice says no more than md5(staff number), or 'branch'.

CREATE FUNCTION coach_tell(books text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE told text;
BEGIN
  FOR told IN
    INSERT INTO public.book_change AS b (book, imported, xact, at)
    SELECT DISTINCT coalesce(n.book, ''), false, pg_current_xact_id()::text::bigint, localtimestamp FROM unnest(books) AS n (book)
    ON CONFLICT DO NOTHING RETURNING b.book  -- each transaction tells of a book once
  LOOP
    IF told <> '' THEN
      PERFORM pg_notify('coach', md5(told));
    END IF;
  END LOOP;
  IF random() < 0.002 THEN
    DELETE FROM public.book_change WHERE id IN (
      SELECT o.id FROM public.book_change o WHERE o.at < localtimestamp - interval '2 days' AND NOT o.imported
      LIMIT 5000 FOR UPDATE SKIP LOCKED);
  END IF;
END $$;

CREATE FUNCTION coach_client_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.coach_tell(array(SELECT DISTINCT n.manager FROM new_rows n));
  RETURN NULL;
END $$;
CREATE FUNCTION coach_client_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.coach_tell(array(SELECT n.manager FROM new_rows n UNION SELECT o.manager FROM old_rows o));
  RETURN NULL;
END $$;
CREATE TRIGGER told_added AFTER INSERT ON client REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION coach_client_added();
CREATE TRIGGER told_changed AFTER UPDATE ON client REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION coach_client_changed();

CREATE FUNCTION coach_of_client() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.coach_tell(array(
    SELECT DISTINCT c.manager FROM (SELECT DISTINCT n.client_no FROM new_rows n) n JOIN public.client c USING (client_no)));
  RETURN NULL;
END $$;
CREATE TRIGGER told_added AFTER INSERT ON contact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION coach_of_client();
CREATE TRIGGER told_changed AFTER UPDATE ON contact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION coach_of_client();
CREATE TRIGGER told_changed AFTER UPDATE ON task REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION coach_of_client();

-- A file that was brought in changes everything that it may have touched; its tables tell nothing by themselves.
CREATE FUNCTION coach_imported() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.book_change (branch, imported, xact, at) VALUES (NEW.branch, true, pg_current_xact_id()::text::bigint, localtimestamp);
  PERFORM pg_notify('coach', 'branch');
  RETURN NULL;
END $$;
CREATE TRIGGER told_added AFTER INSERT ON importrun FOR EACH ROW EXECUTE FUNCTION coach_imported();

CREATE FUNCTION coach_of_branch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('coach', 'branch');
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR UPDATE ON allocation_run FOR EACH STATEMENT EXECUTE FUNCTION coach_of_branch();
CREATE TRIGGER told AFTER INSERT OR UPDATE ON practice_assignment FOR EACH STATEMENT EXECUTE FUNCTION coach_of_branch();
CREATE TRIGGER told AFTER INSERT ON practice_review FOR EACH STATEMENT EXECUTE FUNCTION coach_of_branch();
CREATE TRIGGER told AFTER UPDATE OF ended_at ON practice_attempt FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION coach_of_branch();
CREATE TRIGGER told AFTER INSERT ON review FOR EACH STATEMENT EXECUTE FUNCTION coach_of_branch();

CREATE FUNCTION coach_of_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('coach', md5(NEW."to"));
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON review_comment FOR EACH ROW EXECUTE FUNCTION coach_of_person();

REVOKE ALL ON FUNCTION coach_tell(text[]), coach_client_added(), coach_client_changed(), coach_of_client(), coach_imported(),
  coach_of_branch(), coach_of_person() FROM PUBLIC;
