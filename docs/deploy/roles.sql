-- Roles and database. Run once as a superuser:  psql -v ON_ERROR_STOP=1 -f roles.sql postgres
-- Then give each role a password (\password), kept in a pgpass file and nowhere else.

-- Owns the tables; only migrations and key rotation sign in with it.
CREATE ROLE shebao_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS CONNECTION LIMIT 5;

-- The application. Owns nothing: what it may do to which table comes from the migrations, and the audit trail
-- can be added to but neither changed nor deleted.
CREATE ROLE shebao_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- Backups read everything and write nothing.
CREATE ROLE shebao_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS REPLICATION CONNECTION LIMIT 5;
GRANT pg_read_all_data TO shebao_backup;

CREATE DATABASE shebao OWNER shebao_owner
    ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE shebao FROM PUBLIC;
GRANT CONNECT ON DATABASE shebao TO shebao_app, shebao_backup;

-- pg_hba.conf: these lines and no wider ones.
--   hostssl  shebao       shebao_app,shebao_owner,shebao_backup  10.0.0.0/24  scram-sha-256
--   hostssl  replication  shebao_backup                          10.0.0.0/24  scram-sha-256
