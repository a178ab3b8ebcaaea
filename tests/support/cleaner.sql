-- Takes note of what migrations put into the tables, and brings a database back to just that.
create schema cleaner;
create table cleaner.kept (source regclass primary key, columns text not null, copy text not null);
create table cleaner.sequence (name regclass primary key, value bigint not null, used boolean not null);
create table cleaner.watched (name regclass primary key);

create function cleaner.keep(services text[]) returns void language plpgsql as $$
declare
  each record;
  filled boolean;
begin
  for each in
    select c.oid::regclass as name,
           (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
              from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0
               and not a.attisdropped and a.attgenerated = '') as columns
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any(services) and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname not in ('alembic_version', 'schema_release')
  loop
    insert into cleaner.watched values (each.name);
    execute format('select exists (select from %s)', each.name) into filled;
    if filled then
      insert into cleaner.kept
      values (each.name, each.columns, format('cleaner.%I', 'rows of ' || each.name));
      execute format('create table cleaner.%I as select %s from %s',
                     'rows of ' || each.name, each.columns, each.name);
    end if;
  end loop;
  for each in
    select format('%I.%I', schemaname, sequencename)::regclass as name, last_value, start_value
      from pg_sequences where schemaname = any(services)
  loop
    insert into cleaner.sequence
    values (each.name, coalesce(each.last_value, each.start_value), each.last_value is not null);
  end loop;
end $$;

create function cleaner.restore() returns void language plpgsql as $$
declare
  each record;
  filled boolean;
begin
  -- The kept rows are consistent as a whole: foreign keys need not be asked row by row.
  set local session_replication_role = replica;
  for each in select name from cleaner.watched loop
    execute format('select exists (select from %s)', each.name) into filled;
    if pg_relation_size(each.name) > 128 * 1024 then
      execute format('truncate %s cascade', each.name);
    elsif filled then
      -- A twentieth of what truncate costs, until dead rows have piled up.
      execute format('delete from %s', each.name);
    end if;
  end loop;
  for each in select * from cleaner.kept loop
    execute format('insert into %s (%s) overriding system value select %s from %s',
                   each.source, each.columns, each.columns, each.copy);
  end loop;
  set local session_replication_role = origin;
  perform setval(name, value, used) from cleaner.sequence;
end $$;
