-- The database of one service, and two roles: one makes its tables, the other works in them and can do no more.
-- Run by psql as the superuser, with the variables service, password and owner_password.

\set owner :service _owner
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"owner";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
-- Every role may connect to these by default. Once would do.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
-- A rebuild drafts in temporary tables.
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"service";

-- A migration takes back the right to change rows of the history and of the journal: see docs/operations/security.md.
\connect :"service"
GRANT USAGE ON SCHEMA public TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE ON SEQUENCES TO :"service";
