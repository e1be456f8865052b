-- Keeps the rows of a database as they stand, so that `SELECT prepared.restore()` puts back those of the tables that a
-- test has written to: in a hundredth of the time that a copy of the database takes.

CREATE SCHEMA prepared;

CREATE TABLE prepared.sequences AS SELECT sequencename AS name, last_value FROM pg_sequences WHERE schemaname = 'public';

-- One row for each statement that wrote. It has no key: with one, writers would wait for each other here.
CREATE UNLOGGED TABLE prepared.writes (table_name name NOT NULL);

CREATE FUNCTION prepared.note_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO prepared.writes VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;

DO $$
DECLARE
    one name;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE prepared.%1$I AS TABLE public.%1$I', one);
        EXECUTE format(
            'CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION prepared.note_write()', one
        );
        -- Also where foreign keys and other triggers are not looked at.
        EXECUTE format('ALTER TABLE public.%1$I ENABLE ALWAYS TRIGGER note_write', one);
    END LOOP;
END $$;

CREATE FUNCTION prepared.restore() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    -- What a test has left open would hold locks.
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    -- In any order: foreign keys are not looked at.
    SET LOCAL session_replication_role = replica;
    FOR one IN
        SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
        JOIN (SELECT DISTINCT writes.table_name FROM prepared.writes) AS written USING (table_name)
        WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY table_name
    LOOP
        EXECUTE format('DELETE FROM public.%I', one.table_name);
        EXECUTE format(
            'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM prepared.%1$I',
            one.table_name, one.columns
        );
    END LOOP;
    TRUNCATE prepared.writes;
    PERFORM setval(format('public.%I', name)::regclass, coalesce(last_value, 1), last_value IS NOT NULL)
    FROM prepared.sequences;
END $$;
