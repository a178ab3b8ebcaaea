-- Roles and schema of one service, for operators: once per service and database, as a superuser.
-- Repeating it is harmless. The passwords come from the environment, so that they appear neither
-- in the process list nor in the shell's history:
--
--   export ITSM_MIGRATE_PASSWORD=… ITSM_APP_PASSWORD=…
--   psql -v ON_ERROR_STOP=1 -v service=incident -f roles.sql itsm
--
-- <service>_owner    owns the schema and all in it; cannot log in
-- <service>_migrate  logs in to migrate, and becomes the owner for that
-- <service>_app      reads and writes rows of its own schema, changes no structure

\getenv migrate_password ITSM_MIGRATE_PASSWORD
\getenv app_password ITSM_APP_PASSWORD
\set owner :service _owner
\set migrate :service _migrate
\set app :service _app

begin;

select format('create role %I', role)
  from unnest(array[:'owner', :'migrate', :'app']) as role
 where not exists (select from pg_roles where rolname = role)
\gexec

alter role :"owner" nologin
  nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit;
alter role :"migrate" login
  nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit
  password :'migrate_password';
alter role :"app" login
  nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit
  password :'app_password';
grant :"owner" to :"migrate";

select current_database() as database
\gset
revoke all on database :"database" from public;
grant connect on database :"database" to :"migrate", :"app";
revoke all on schema public from public;
create schema if not exists :"service" authorization :"owner";
grant usage on schema :"service" to :"migrate", :"app";

alter default privileges for role :"owner" revoke execute on functions from public;
alter default privileges for role :"owner" in schema :"service"
  grant select, insert, update, delete on tables to :"app";
alter default privileges for role :"owner" in schema :"service"
  grant usage, select on sequences to :"app";
alter default privileges for role :"owner" in schema :"service"
  grant execute on functions to :"app";

commit;
