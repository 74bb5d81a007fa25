-- The hub's schema, for PostgreSQL 13 and later. `kiosk hub init` runs it in one transaction, again and
-- again without harm. Kiosks only add events; the trigger at `event` makes visits and guests of them.

CREATE SCHEMA IF NOT EXISTS breed_kiosk;

DO $$
BEGIN
    -- The group of all kiosks, and that of whoever reads the reports. Roles belong to the whole server.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'breed_kiosk_kiosk') THEN
        CREATE ROLE breed_kiosk_kiosk NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'breed_kiosk_reader') THEN
        CREATE ROLE breed_kiosk_reader NOLOGIN;
    END IF;
END
$$;

------------------------------------------------------------------------------------------------- tables

-- One row. `place` names the server and its timeline, `shift` is what change numbers are ahead of its
-- transaction numbers: see change_number().
CREATE TABLE IF NOT EXISTS breed_kiosk.version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    hub uuid NOT NULL DEFAULT gen_random_uuid(),
    schema int NOT NULL,
    shift bigint NOT NULL DEFAULT 0,
    place text NOT NULL DEFAULT ''
);

-- The roles that kiosks log in as.
CREATE TABLE IF NOT EXISTS breed_kiosk.account (
    role name PRIMARY KEY,
    name text NOT NULL,
    site text NOT NULL,
    added timestamptz NOT NULL DEFAULT now()
);

-- The devices that have logged in. A role has several where a card was replaced.
CREATE TABLE IF NOT EXISTS breed_kiosk.kiosk (
    id uuid PRIMARY KEY,
    role name NOT NULL,
    site text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    program text NOT NULL,
    waiting bigint NOT NULL,
    last_event uuid,
    last_seq bigint
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS kiosk_role ON breed_kiosk.kiosk (role);

-- All that the kiosks have told, in the order in which it came (`seq`).
CREATE TABLE IF NOT EXISTS breed_kiosk.event (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    kiosk uuid NOT NULL,
    role name NOT NULL DEFAULT session_user,
    schema int NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    subject uuid NOT NULL,
    revision int NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS event_role ON breed_kiosk.event (role, seq);
CREATE INDEX IF NOT EXISTS event_subject ON breed_kiosk.event (subject);
CREATE INDEX IF NOT EXISTS event_received ON breed_kiosk.event USING brin (received);
-- What names a guest, for its erasure.
CREATE INDEX IF NOT EXISTS event_guest ON breed_kiosk.event ((body #>> '{visit,confirmed,animal,id}'))
    WHERE body #>> '{visit,confirmed,animal,id}' IS NOT NULL;

CREATE TABLE IF NOT EXISTS breed_kiosk.visit (
    id uuid PRIMARY KEY,
    kiosk uuid NOT NULL,
    role name NOT NULL,
    site text NOT NULL,
    revision int NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    number bigint,
    arrived timestamptz,
    verdict text,
    breed text,
    confidence real,
    confirmed_breed text,
    confirmed_breed_name text,
    confirmed_at timestamptz,
    confirmed_by text,
    guest uuid,
    checked_out timestamptz,
    model text,
    source text
);
CREATE INDEX IF NOT EXISTS visit_arrived ON breed_kiosk.visit (arrived);

-- `xid` is the change number of its last change; a deleted guest stays as its id alone.
CREATE TABLE IF NOT EXISTS breed_kiosk.guest (
    id uuid PRIMARY KEY,
    site text NOT NULL,
    created timestamptz NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    merged_into uuid,
    xid xid8 NOT NULL
);
CREATE INDEX IF NOT EXISTS guest_xid ON breed_kiosk.guest (xid, id);
CREATE INDEX IF NOT EXISTS guest_merged ON breed_kiosk.guest (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE IF NOT EXISTS breed_kiosk.guest_field (
    guest uuid NOT NULL,
    field text NOT NULL,
    value jsonb NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    site text NOT NULL,
    kiosk uuid NOT NULL,
    PRIMARY KEY (guest, field)
);

CREATE TABLE IF NOT EXISTS breed_kiosk.guest_embedding (
    guest uuid NOT NULL,
    network text NOT NULL,
    at timestamptz NOT NULL,
    bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 4096),
    visit uuid,
    PRIMARY KEY (guest, network, at)
);
CREATE INDEX IF NOT EXISTS guest_embedding_visit ON breed_kiosk.guest_embedding (visit);

CREATE TABLE IF NOT EXISTS breed_kiosk.guest_photograph (
    guest uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 49152),
    visit uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS guest_photograph_visit ON breed_kiosk.guest_photograph (visit);

-- Events that are kept but could not be applied, and events that a kiosk could not add.
CREATE TABLE IF NOT EXISTS breed_kiosk.refused (
    event uuid PRIMARY KEY,
    kiosk uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL CHECK (length(reason) <= 500)
);

-- Signed model bundles. The newest of a channel is the one that was added last.
CREATE TABLE IF NOT EXISTS breed_kiosk.model (
    channel text NOT NULL,
    version text NOT NULL,
    bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 67108864),
    signature text NOT NULL,
    added timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (channel, version)
);
-- A bundle does not get smaller by compression.
ALTER TABLE breed_kiosk.model ALTER COLUMN bytes SET STORAGE EXTERNAL;

---------------------------------------------------------------------------------------- change numbers

-- The number of this transaction's changes of guests: its transaction number, shifted.
CREATE OR REPLACE FUNCTION breed_kiosk.change_number() RETURNS xid8
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (pg_current_xact_id()::text::bigint + shift)::text::xid8 FROM breed_kiosk.version
$$;

-- All changes with a lower number have been committed or never will be. What is below the horizon of one
-- snapshot is therefore whole, however late another transaction commits.
CREATE OR REPLACE FUNCTION breed_kiosk.horizon() RETURNS xid8
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + shift)::text::xid8
    FROM breed_kiosk.version
$$;

-- The server and its timeline, as far as a service tells.
CREATE OR REPLACE FUNCTION breed_kiosk.place() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT system_identifier FROM pg_control_system())
        || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
EXCEPTION WHEN OTHERS THEN
    RETURN '';
END
$$;

-- After a failover or a restore, transaction numbers may be given again that kiosks have passed already.
-- So the first thing that happens at another place is to shift the numbers beyond all earlier ones.
CREATE OR REPLACE FUNCTION breed_kiosk.shift_numbers() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    UPDATE breed_kiosk.version
    SET shift = shift + (CASE place WHEN '' THEN 0 ELSE 1 END) * (1::bigint << 40),
        place = breed_kiosk.place()
    WHERE place <> breed_kiosk.place()
$$;

---------------------------------------------------------------------------------------- applying events

-- What is wrong with an event's body; NULL for a good one, and for kinds that this schema does not know.
CREATE OR REPLACE FUNCTION breed_kiosk.fault(kind text, subject uuid, body jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN kind IN ('arrival', 'answer', 'decision', 'check_out') THEN CASE
            WHEN lower(body #>> '{visit,id}') IS DISTINCT FROM subject::text THEN 'not a visit of its subject'
            WHEN pg_column_size(body -> 'visit') > 65536 THEN 'a visit of more than 64 KiB'
            WHEN body #>> '{visit,arrived}' IS NULL THEN 'a visit without a time of arrival'
            WHEN body #>> '{visit,verdict}' IS NULL THEN 'a visit without a verdict'
        END
        WHEN kind = 'visit_deleted' THEN CASE
            WHEN lower(body #>> '{visit,id}') IS DISTINCT FROM subject::text THEN 'not a visit of its subject'
        END
        WHEN kind = 'animal' THEN CASE
            WHEN lower(body #>> '{animal,id}') IS DISTINCT FROM subject::text THEN 'not an animal of its subject'
            WHEN pg_column_size(body -> 'animal') > 65536 THEN 'an animal of more than 64 KiB'
            WHEN jsonb_typeof(body #> '{animal,name}') IS DISTINCT FROM 'string' THEN 'an animal without a name'
            WHEN jsonb_typeof(body -> 'changed') IS DISTINCT FROM 'object' THEN 'an animal without what has changed'
        END
        WHEN kind IN ('merge', 'split') THEN CASE
            WHEN body ->> 'survivor' IS NULL OR body ->> 'other' IS NULL THEN 'not two animals'
            WHEN lower(body ->> 'survivor') = lower(body ->> 'other') THEN 'an animal and itself'
        END
        WHEN kind = 'animal_deleted' THEN CASE
            WHEN body ->> 'animal' IS NULL THEN 'no animal'
        END
    END
$$;

-- Erases guests and those that were merged into them: their data, and their traces in events.
CREATE OR REPLACE FUNCTION breed_kiosk.forget(guests uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone uuid[];
    blanked uuid[];
BEGIN
    WITH RECURSIVE parts (id) AS (
        SELECT unnest(guests)
        UNION
        SELECT guest.id FROM breed_kiosk.guest JOIN parts ON guest.merged_into = parts.id
    )
    SELECT array_agg(id) INTO gone FROM parts;
    UPDATE breed_kiosk.guest SET deleted = true, xid = (SELECT breed_kiosk.change_number())
    WHERE id = ANY (gone) AND NOT deleted;
    DELETE FROM breed_kiosk.guest_field WHERE guest = ANY (gone);
    DELETE FROM breed_kiosk.guest_embedding WHERE guest = ANY (gone);
    DELETE FROM breed_kiosk.guest_photograph WHERE guest = ANY (gone);
    WITH blank AS (
        UPDATE breed_kiosk.event SET body = '{}'
        WHERE kind = 'animal' AND subject = ANY (gone) AND body <> '{}'
        RETURNING id
    ), nameless AS (
        UPDATE breed_kiosk.event
        SET body = (body #- '{visit,confirmed,animal}' #- '{visit,embedding}') - 'photograph'::text
        WHERE body #>> '{visit,confirmed,animal,id}' = ANY (gone::text[])
        RETURNING id
    )
    SELECT array_agg(id) INTO blanked FROM (TABLE blank UNION ALL TABLE nameless) AS events;
    -- A reason may quote what was wrong.
    UPDATE breed_kiosk.refused SET reason = 'erased' WHERE event = ANY (blanked);
END
$$;

-- Merges or splits two guests, or deletes one, as an event says.
CREATE OR REPLACE FUNCTION breed_kiosk.join_guests(kind text, body jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    survivor uuid := body ->> 'survivor';
    other uuid := body ->> 'other';
BEGIN
    IF kind = 'animal_deleted' THEN
        PERFORM breed_kiosk.forget(ARRAY[(body ->> 'animal')::uuid]);
    ELSIF kind = 'split' THEN
        UPDATE breed_kiosk.guest SET merged_into = NULL
        WHERE id = other AND merged_into = survivor;
    ELSE
        IF EXISTS (
            WITH RECURSIVE above (id) AS (
                SELECT survivor
                UNION
                SELECT guest.merged_into FROM breed_kiosk.guest JOIN above ON guest.id = above.id
                WHERE guest.merged_into IS NOT NULL
            )
            SELECT FROM above WHERE id = other
        ) THEN
            RAISE data_exception USING MESSAGE = 'the animals were merged the other way round';
        END IF;
        UPDATE breed_kiosk.guest SET merged_into = survivor WHERE id = other;
    END IF;
END
$$;

-- Makes visits and guests of good events. All rows that other kiosks may change too hang on a guest, and
-- the guests are locked first and in order, so that two kiosks never wait for each other.
CREATE OR REPLACE FUNCTION breed_kiosk.apply_events(events breed_kiosk.event[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    subjects uuid[] := ARRAY(SELECT DISTINCT subject FROM unnest(events));
    touched uuid[];
    one record;
BEGIN
    INSERT INTO breed_kiosk.visit AS v (
        id, kiosk, role, site, revision, number, arrived, verdict, breed, confidence, confirmed_breed,
        confirmed_breed_name, confirmed_at, confirmed_by, guest, checked_out, model, source
    )
    SELECT DISTINCT ON (e.subject)
        e.subject, e.kiosk, e.role, k.site, e.revision,
        (visit ->> 'number')::bigint, (visit ->> 'arrived')::timestamptz, visit ->> 'verdict',
        visit ->> 'breed', (visit ->> 'confidence')::real,
        visit #>> '{confirmed,breed}', visit #>> '{confirmed,breed_name}',
        (visit #>> '{confirmed,at}')::timestamptz, visit #>> '{confirmed,by}',
        (visit #>> '{confirmed,animal,id}')::uuid, (visit ->> 'checked_out')::timestamptz,
        visit ->> 'model', visit ->> 'source'
    FROM unnest(events) AS e
    JOIN breed_kiosk.kiosk AS k ON k.id = e.kiosk
    CROSS JOIN LATERAL (SELECT e.body -> 'visit' AS visit) AS of_event
    WHERE e.kind IN ('arrival', 'answer', 'decision', 'check_out')
    ORDER BY e.subject, e.revision DESC, e.seq DESC
    ON CONFLICT (id) DO UPDATE SET
        kiosk = excluded.kiosk, site = excluded.site, revision = excluded.revision,
        number = excluded.number, arrived = excluded.arrived, verdict = excluded.verdict,
        breed = excluded.breed, confidence = excluded.confidence,
        confirmed_breed = excluded.confirmed_breed,
        confirmed_breed_name = excluded.confirmed_breed_name, confirmed_at = excluded.confirmed_at,
        confirmed_by = excluded.confirmed_by, guest = excluded.guest,
        checked_out = excluded.checked_out, model = excluded.model, source = excluded.source
    WHERE v.revision <= excluded.revision AND v.role = excluded.role AND NOT v.deleted;

    INSERT INTO breed_kiosk.visit AS v (id, kiosk, role, site, revision, deleted)
    SELECT DISTINCT ON (e.subject) e.subject, e.kiosk, e.role, k.site, e.revision, true
    FROM unnest(events) AS e
    JOIN breed_kiosk.kiosk AS k ON k.id = e.kiosk
    WHERE e.kind = 'visit_deleted'
    ORDER BY e.subject
    ON CONFLICT (id) DO UPDATE SET deleted = true, guest = NULL WHERE v.role = excluded.role;

    WITH told (guest, site, created) AS (
        SELECT e.subject, k.site, coalesce((e.body #>> '{animal,created}')::timestamptz, e.at)
        FROM unnest(events) AS e JOIN breed_kiosk.kiosk AS k ON k.id = e.kiosk
        WHERE e.kind = 'animal'
        UNION ALL
        SELECT it.guest::uuid, k.site, e.at
        FROM unnest(events) AS e
        JOIN breed_kiosk.kiosk AS k ON k.id = e.kiosk
        CROSS JOIN LATERAL unnest(ARRAY[
            e.body #>> '{visit,confirmed,animal,id}',
            e.body ->> 'survivor', e.body ->> 'other',
            CASE e.kind WHEN 'animal_deleted' THEN e.body ->> 'animal' END
        ]) AS it (guest)
        WHERE it.guest IS NOT NULL
        UNION ALL
        -- Whose visit is another's by now.
        SELECT had.guest, v.site, v.arrived
        FROM breed_kiosk.visit AS v
        JOIN breed_kiosk.guest_embedding AS had ON had.visit = v.id
        WHERE v.id = ANY (subjects) AND v.guest IS DISTINCT FROM had.guest
        UNION ALL
        SELECT had.guest, v.site, v.arrived
        FROM breed_kiosk.visit AS v
        JOIN breed_kiosk.guest_photograph AS had ON had.visit = v.id
        WHERE v.id = ANY (subjects) AND v.guest IS DISTINCT FROM had.guest
    ), locked AS (
        INSERT INTO breed_kiosk.guest (id, site, created, xid)
        SELECT DISTINCT ON (guest) guest, site, created, (SELECT breed_kiosk.change_number())
        FROM told ORDER BY guest, created
        ON CONFLICT (id) DO UPDATE SET xid = excluded.xid
        RETURNING id
    )
    SELECT array_agg(id) INTO touched FROM locked;
    IF touched IS NULL THEN
        RETURN;
    END IF;

    -- The later change of a field stands. No clock that is ahead wins for ever.
    INSERT INTO breed_kiosk.guest_field AS f (guest, field, value, at, by, site, kiosk)
    SELECT DISTINCT ON (e.subject, changed.field)
        e.subject, changed.field, coalesce(e.body -> 'animal' -> changed.field, 'null'),
        changed.at, e.by, k.site, e.kiosk
    FROM unnest(events) AS e
    JOIN breed_kiosk.kiosk AS k ON k.id = e.kiosk
    JOIN breed_kiosk.guest AS g ON g.id = e.subject AND NOT g.deleted
    CROSS JOIN LATERAL (
        SELECT key AS field, date_trunc('milliseconds', least((value #>> '{}')::timestamptz, now())) AS at
        FROM jsonb_each(e.body -> 'changed')
        WHERE key IN ('name', 'species', 'breed', 'breed_name', 'warnings', 'vaccinations', 'owners')
    ) AS changed
    WHERE e.kind = 'animal'
    ORDER BY e.subject, changed.field, changed.at DESC, e.kiosk DESC, e.seq DESC
    ON CONFLICT (guest, field) DO UPDATE SET
        value = excluded.value, at = excluded.at, by = excluded.by, site = excluded.site,
        kiosk = excluded.kiosk
    WHERE (excluded.at, excluded.kiosk) >= (f.at, f.kiosk);

    -- The events of a guest name no owners but those of today: whoever was erased or has left is in none.
    UPDATE breed_kiosk.event AS past SET body = past.body #- '{animal,owners}'
    FROM breed_kiosk.guest_field AS f
    WHERE f.guest = ANY (ARRAY(SELECT subject FROM unnest(events) WHERE kind = 'animal'))
        AND f.field = 'owners'
        AND past.subject = f.guest AND past.kind = 'animal'
        AND past.body #> '{animal,owners}' <> f.value;

    -- An embedding and a photograph follow their visit to another animal.
    DELETE FROM breed_kiosk.guest_embedding AS had
    USING breed_kiosk.visit AS v
    WHERE v.id = ANY (subjects) AND had.visit = v.id
        AND v.guest IS DISTINCT FROM had.guest;
    DELETE FROM breed_kiosk.guest_photograph AS had
    USING breed_kiosk.visit AS v
    WHERE v.id = ANY (subjects) AND had.visit = v.id
        AND v.guest IS DISTINCT FROM had.guest;
    INSERT INTO breed_kiosk.guest_embedding AS had (guest, network, at, bytes, visit)
    SELECT DISTINCT ON (guest, network, at) guest, network, at, bytes, visit
    FROM (
        SELECT v.guest, it ->> 'network' AS network,
            date_trunc('milliseconds', least(v.arrived, now())) AS at,
            decode(it ->> 'bytes', 'base64') AS bytes, v.id AS visit
        FROM unnest(events) AS e
        JOIN breed_kiosk.visit AS v ON v.id = e.subject AND v.revision = e.revision
            AND v.guest = (e.body #>> '{visit,confirmed,animal,id}')::uuid
        CROSS JOIN LATERAL (SELECT e.body #> '{visit,embedding}' AS it) AS of_event
        WHERE it ->> 'network' IS NOT NULL
        UNION ALL
        SELECT e.subject, it ->> 'network',
            date_trunc('milliseconds', least((it ->> 'at')::timestamptz, now())),
            decode(it ->> 'bytes', 'base64'), NULL
        FROM unnest(events) AS e
        CROSS JOIN LATERAL jsonb_array_elements(e.body -> 'embeddings') AS it
        WHERE e.kind = 'animal'
    ) AS new
    JOIN breed_kiosk.guest AS g ON g.id = guest AND NOT g.deleted
    ORDER BY guest, network, at, visit
    -- One that is told again without its visit is still of that visit.
    ON CONFLICT (guest, network, at) DO UPDATE SET
        bytes = excluded.bytes, visit = coalesce(excluded.visit, had.visit);
    DELETE FROM breed_kiosk.guest_embedding WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM (
            SELECT ctid, row_number() OVER (PARTITION BY guest ORDER BY at DESC) AS place
            FROM breed_kiosk.guest_embedding WHERE guest = ANY (touched)
        ) AS ranked
        WHERE place > 8
    ));

    INSERT INTO breed_kiosk.guest_photograph AS p (guest, at, bytes, visit)
    SELECT DISTINCT ON (v.guest) v.guest, date_trunc('milliseconds', least(v.arrived, now())),
        decode(e.body ->> 'photograph', 'base64'), v.id
    FROM unnest(events) AS e
    JOIN breed_kiosk.visit AS v ON v.id = e.subject AND v.revision = e.revision
        AND v.guest = (e.body #>> '{visit,confirmed,animal,id}')::uuid
    JOIN breed_kiosk.guest AS g ON g.id = v.guest AND NOT g.deleted
    WHERE e.body ->> 'photograph' IS NOT NULL
    ORDER BY v.guest, v.arrived DESC
    ON CONFLICT (guest) DO UPDATE SET
        at = excluded.at, bytes = excluded.bytes, visit = excluded.visit
    WHERE excluded.at >= p.at;

    FOR one IN
        SELECT e.kind, e.body FROM unnest(events) AS e
        WHERE e.kind IN ('merge', 'split', 'animal_deleted') ORDER BY e.seq
    LOOP
        PERFORM breed_kiosk.join_guests(one.kind, one.body);
    END LOOP;
    -- Nothing that comes late brings a deleted guest back.
    touched := ARRAY(SELECT id FROM breed_kiosk.guest WHERE id = ANY (touched) AND deleted);
    IF touched <> '{}' THEN
        PERFORM breed_kiosk.forget(touched);
    END IF;
END
$$;

-- Applies what was added, all at once; one by one where something in it cannot be applied. Whatever is
-- not the content's fault (a full disk, a deadlock) fails the statement, and the kiosk sends it again.
CREATE OR REPLACE FUNCTION breed_kiosk.apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A batch is small beside the tables. Plans that were made while the tables were small would read them
-- whole later, since a session keeps its plans.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    events breed_kiosk.event[];
    one breed_kiosk.event;
BEGIN
    UPDATE breed_kiosk.kiosk SET last_seen = now(), last_event = newest.id, last_seq = newest.seq
    FROM (SELECT DISTINCT ON (kiosk) kiosk, id, seq FROM added ORDER BY kiosk, seq DESC) AS newest
    WHERE kiosk.id = newest.kiosk;

    INSERT INTO breed_kiosk.refused (event, kiosk, reason)
    SELECT id, kiosk, fault
    FROM (
        SELECT added.id, added.kiosk, coalesce(
            breed_kiosk.fault(added.kind, added.subject, added.body),
            CASE WHEN visit.role <> added.role THEN 'a visit of another kiosk' END
        ) AS fault
        FROM added LEFT JOIN breed_kiosk.visit ON visit.id = added.subject
        WHERE added.schema = 1
    ) AS checked
    WHERE fault IS NOT NULL
    ON CONFLICT (event) DO NOTHING;

    events := ARRAY(
        SELECT event FROM added JOIN breed_kiosk.event USING (id)
        WHERE added.schema = 1
            AND NOT EXISTS (SELECT FROM breed_kiosk.refused WHERE refused.event = added.id)
    );
    BEGIN
        PERFORM breed_kiosk.apply_events(events);
        events := '{}';
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
    END;
    FOREACH one IN ARRAY events LOOP
        BEGIN
            PERFORM breed_kiosk.apply_events(ARRAY[one]);
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
            INSERT INTO breed_kiosk.refused (event, kiosk, reason)
            VALUES (one.id, one.kiosk, left(SQLERRM, 200)) ON CONFLICT (event) DO NOTHING;
        END;
    END LOOP;

    -- Photographs are kept once, where a newer one takes their place.
    UPDATE breed_kiosk.event SET body = event.body - 'photograph'::text
    FROM added WHERE event.id = added.id AND added.body ? 'photograph';
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS apply ON breed_kiosk.event;
CREATE TRIGGER apply AFTER INSERT ON breed_kiosk.event
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breed_kiosk.apply();

----------------------------------------------------------------------------------- what kiosks call

-- A kiosk says who it is, first of all and from time to time. SQLSTATE BK001: this kiosk belongs to
-- another role. BK002: this role is no kiosk's.
CREATE OR REPLACE FUNCTION breed_kiosk.hello(kiosk uuid, site text, program text, waiting bigint)
RETURNS TABLE (hub uuid, schema int, now timestamptz, last_event uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM breed_kiosk.account WHERE role = session_user) THEN
        RAISE EXCEPTION 'the role % is none of the kiosks of this hub', session_user
            USING ERRCODE = 'BK002', HINT = 'add it: kiosk hub init URL --site SITE --kiosk NAME';
    END IF;
    PERFORM breed_kiosk.shift_numbers();
    INSERT INTO breed_kiosk.kiosk AS known (id, role, site, program, waiting)
    VALUES (hello.kiosk, session_user, left(hello.site, 100), left(hello.program, 100), hello.waiting)
    ON CONFLICT (id) DO UPDATE SET
        site = excluded.site, program = excluded.program, waiting = excluded.waiting,
        last_seen = pg_catalog.now()
    WHERE known.role = session_user;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the kiosk % belongs to another role', hello.kiosk
            USING ERRCODE = 'BK001', HINT = 'is this card a copy of another kiosk''s?';
    END IF;
    RETURN QUERY
    SELECT v.hub, v.schema, clock_timestamp(), (
        SELECT k.last_event FROM breed_kiosk.kiosk AS k
        WHERE k.role = session_user AND k.last_seq IS NOT NULL
        ORDER BY k.last_seq DESC LIMIT 1
    ) FROM breed_kiosk.version AS v;
END
$$;

CREATE OR REPLACE FUNCTION breed_kiosk.rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- The guests that have changed at a change number or later, but below the horizon. Read it to the end in
-- one REPEATABLE READ transaction with horizon(), which is the next cursor.
CREATE OR REPLACE FUNCTION breed_kiosk.guests_after(cursor xid8, most int)
RETURNS TABLE (
    id uuid, site text, created timestamptz, deleted boolean, merged_into uuid, fields jsonb,
    embeddings jsonb, photograph bytea, xid xid8
)
LANGUAGE sql STABLE AS $$
    SELECT g.id, g.site, g.created, g.deleted, g.merged_into,
        coalesce((
            SELECT jsonb_object_agg(f.field, jsonb_build_object(
                'value', f.value, 'at', breed_kiosk.rfc3339(f.at), 'by', f.by, 'site', f.site))
            FROM breed_kiosk.guest_field AS f WHERE f.guest = g.id
        ), '{}'),
        coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'network', e.network, 'bytes', translate(encode(e.bytes, 'base64'), E'\n', ''),
                'at', breed_kiosk.rfc3339(e.at)) ORDER BY e.at)
            FROM (
                SELECT network, bytes, at FROM breed_kiosk.guest_embedding
                WHERE guest IN (
                    SELECT g.id UNION ALL SELECT m.id FROM breed_kiosk.guest AS m WHERE m.merged_into = g.id
                ) ORDER BY at DESC LIMIT 8
            ) AS e
        ), '[]'),
        (SELECT p.bytes FROM breed_kiosk.guest_photograph AS p WHERE p.guest = g.id),
        g.xid
    FROM breed_kiosk.guest AS g
    -- Of a guest that was only named in a decision nothing is known yet.
    WHERE g.xid >= $1 AND g.xid < (SELECT breed_kiosk.horizon()) AND (g.deleted OR EXISTS (
        SELECT FROM breed_kiosk.guest_field AS f WHERE f.guest = g.id AND f.field = 'name'))
    ORDER BY g.xid, g.id LIMIT $2
$$;

-- The calling kiosk's own events that came after one of them, or all; in order, without erased ones.
CREATE OR REPLACE FUNCTION breed_kiosk.own_events(after uuid)
RETURNS TABLE (
    id uuid, schema int, kind text, at timestamptz, by text, subject uuid, revision int, body jsonb
)
LANGUAGE sql STABLE AS $$
    SELECT id, schema, kind, at, by, subject, revision, body
    FROM breed_kiosk.event
    WHERE role = session_user AND body <> '{}' AND seq > coalesce(
        (SELECT seq FROM breed_kiosk.event WHERE id = $1 AND role = session_user), 0)
    ORDER BY seq
$$;

------------------------------------------------------------------------------------- who may do what

-- Whether the caller is a kiosk of this hub. The group of kiosks has those of other hubs on the server too.
CREATE OR REPLACE FUNCTION breed_kiosk.is_admitted() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM breed_kiosk.account WHERE role = session_user)
$$;

CREATE OR REPLACE FUNCTION breed_kiosk.own_kiosks() RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$ SELECT id FROM breed_kiosk.kiosk WHERE role = session_user $$;

REVOKE ALL ON ALL TABLES IN SCHEMA breed_kiosk FROM PUBLIC, breed_kiosk_kiosk;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA breed_kiosk FROM PUBLIC;
GRANT USAGE ON SCHEMA breed_kiosk TO breed_kiosk_kiosk, breed_kiosk_reader;
GRANT EXECUTE ON FUNCTION
    breed_kiosk.hello, breed_kiosk.horizon, breed_kiosk.guests_after, breed_kiosk.own_events,
    breed_kiosk.own_kiosks, breed_kiosk.rfc3339
    TO breed_kiosk_kiosk;
-- The view of kiosks asks.
GRANT EXECUTE ON FUNCTION breed_kiosk.is_admitted TO breed_kiosk_kiosk, breed_kiosk_reader;
GRANT SELECT ON
    breed_kiosk.version, breed_kiosk.kiosk, breed_kiosk.event, breed_kiosk.guest,
    breed_kiosk.guest_field, breed_kiosk.guest_embedding, breed_kiosk.guest_photograph,
    breed_kiosk.refused, breed_kiosk.model
    TO breed_kiosk_kiosk;
GRANT INSERT (id, kiosk, schema, kind, at, by, subject, revision, body) ON breed_kiosk.event
    TO breed_kiosk_kiosk;
GRANT INSERT (event, kiosk, reason) ON breed_kiosk.refused TO breed_kiosk_kiosk;

ALTER TABLE breed_kiosk.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.kiosk ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.visit ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.refused ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON breed_kiosk.kiosk;
CREATE POLICY own ON breed_kiosk.kiosk FOR SELECT TO breed_kiosk_kiosk USING (role = session_user);
DROP POLICY IF EXISTS own ON breed_kiosk.event;
CREATE POLICY own ON breed_kiosk.event FOR SELECT TO breed_kiosk_kiosk USING (role = session_user);
DROP POLICY IF EXISTS add_own ON breed_kiosk.event;
CREATE POLICY add_own ON breed_kiosk.event FOR INSERT TO breed_kiosk_kiosk
    WITH CHECK (
        (SELECT breed_kiosk.is_admitted()) AND role = session_user
        AND kiosk IN (SELECT breed_kiosk.own_kiosks())
    );
DROP POLICY IF EXISTS own ON breed_kiosk.refused;
CREATE POLICY own ON breed_kiosk.refused FOR SELECT TO breed_kiosk_kiosk
    USING (kiosk IN (SELECT breed_kiosk.own_kiosks()));
DROP POLICY IF EXISTS add_own ON breed_kiosk.refused;
CREATE POLICY add_own ON breed_kiosk.refused FOR INSERT TO breed_kiosk_kiosk
    WITH CHECK ((SELECT breed_kiosk.is_admitted()) AND kiosk IN (SELECT breed_kiosk.own_kiosks()));
-- Kiosks of this hub read all guests. The tables' owner, as which triggers and views run, is not bound.
ALTER TABLE breed_kiosk.guest ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.guest_field ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.guest_embedding ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.guest_photograph ENABLE ROW LEVEL SECURITY;
ALTER TABLE breed_kiosk.model ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS admitted ON breed_kiosk.guest;
CREATE POLICY admitted ON breed_kiosk.guest FOR SELECT TO breed_kiosk_kiosk
    USING ((SELECT breed_kiosk.is_admitted()));
DROP POLICY IF EXISTS admitted ON breed_kiosk.guest_field;
CREATE POLICY admitted ON breed_kiosk.guest_field FOR SELECT TO breed_kiosk_kiosk
    USING ((SELECT breed_kiosk.is_admitted()));
DROP POLICY IF EXISTS admitted ON breed_kiosk.guest_embedding;
CREATE POLICY admitted ON breed_kiosk.guest_embedding FOR SELECT TO breed_kiosk_kiosk
    USING ((SELECT breed_kiosk.is_admitted()));
DROP POLICY IF EXISTS admitted ON breed_kiosk.guest_photograph;
CREATE POLICY admitted ON breed_kiosk.guest_photograph FOR SELECT TO breed_kiosk_kiosk
    USING ((SELECT breed_kiosk.is_admitted()));
DROP POLICY IF EXISTS admitted ON breed_kiosk.model;
CREATE POLICY admitted ON breed_kiosk.model FOR SELECT TO breed_kiosk_kiosk
    USING ((SELECT breed_kiosk.is_admitted()));

------------------------------------------------------------------------------------------------ reports

-- Days and hours are those of the session's time zone. No view tells of a guest or its owner.
CREATE OR REPLACE VIEW breed_kiosk.arrivals AS
    SELECT visit.arrived, visit.site, coalesce(account.name, visit.role) AS kiosk,
        coalesce(confirmed_breed_name, confirmed_breed, CASE verdict WHEN 'breed' THEN breed END)
            AS breed,
        verdict, confidence, model, checked_out,
        CASE
            WHEN confirmed_at IS NULL THEN 'not confirmed'
            WHEN confirmed_breed IS NULL THEN 'no breed confirmed'
            WHEN verdict <> 'breed' THEN 'no breed answered'
            WHEN confirmed_breed = breed THEN 'right'
            ELSE 'wrong'
        END AS answer
    FROM breed_kiosk.visit LEFT JOIN breed_kiosk.account USING (role)
    WHERE NOT deleted;

CREATE OR REPLACE VIEW breed_kiosk.arrivals_by_day AS
    SELECT site, arrived::date AS day, count(*) AS arrivals
    FROM breed_kiosk.arrivals GROUP BY site, day;

CREATE OR REPLACE VIEW breed_kiosk.arrivals_by_hour AS
    SELECT site, arrived::date AS day, extract(hour FROM arrived)::int AS hour, count(*) AS arrivals
    FROM breed_kiosk.arrivals GROUP BY site, day, hour;

CREATE OR REPLACE VIEW breed_kiosk.arrivals_by_breed AS
    SELECT site, arrived::date AS day, coalesce(breed, 'not known') AS breed, count(*) AS arrivals
    FROM breed_kiosk.arrivals GROUP BY site, day, coalesce(breed, 'not known');

CREATE OR REPLACE VIEW breed_kiosk.answers AS
    SELECT site, arrived::date AS day, model,
        count(*) FILTER (WHERE answer = 'right') AS right_answers,
        count(*) FILTER (WHERE answer = 'wrong') AS wrong_answers,
        count(*) FILTER (WHERE answer NOT IN ('right', 'wrong')) AS others
    FROM breed_kiosk.arrivals GROUP BY site, day, model;

-- How each kiosk is. A role without a device was never heard of.
CREATE OR REPLACE VIEW breed_kiosk.kiosks AS
    SELECT account.name, coalesce(kiosk.site, account.site) AS site, account.role, kiosk.id AS kiosk,
        kiosk.program, kiosk.last_seen, kiosk.waiting, event.at AS last_event_at,
        extract(epoch FROM event.received - event.at)::float8 AS lag_seconds,
        (SELECT count(*) FROM breed_kiosk.refused WHERE refused.kiosk = kiosk.id) AS refused
    FROM breed_kiosk.account
    LEFT JOIN breed_kiosk.kiosk USING (role)
    LEFT JOIN breed_kiosk.event ON event.id = kiosk.last_event
    -- For kiosks of this hub, and for whoever may read reports.
    WHERE (SELECT breed_kiosk.is_admitted())
        OR (SELECT has_table_privilege('breed_kiosk.arrivals', 'SELECT'));

CREATE OR REPLACE VIEW breed_kiosk.silent_kiosks AS
    SELECT name, site, last_seen, now() - last_seen AS silent
    FROM (
        SELECT DISTINCT ON (role) name, site, last_seen
        FROM breed_kiosk.kiosks ORDER BY role, last_seen DESC NULLS LAST
    ) AS newest
    WHERE last_seen IS NULL OR last_seen < now() - interval '15 minutes';

-- How long each event took from the desk to the hub.
CREATE OR REPLACE VIEW breed_kiosk.lag AS
    SELECT event.received, kiosk.site, coalesce(account.name, event.role) AS kiosk,
        extract(epoch FROM event.received - event.at)::float8 AS seconds
    FROM breed_kiosk.event
    JOIN breed_kiosk.kiosk ON kiosk.id = event.kiosk
    LEFT JOIN breed_kiosk.account ON account.role = event.role;

GRANT SELECT ON
    breed_kiosk.arrivals, breed_kiosk.arrivals_by_day, breed_kiosk.arrivals_by_hour,
    breed_kiosk.arrivals_by_breed, breed_kiosk.answers, breed_kiosk.kiosks,
    breed_kiosk.silent_kiosks, breed_kiosk.lag
    TO breed_kiosk_reader;
-- For `kiosk hub status` on a kiosk.
GRANT SELECT ON breed_kiosk.kiosks TO breed_kiosk_kiosk;

INSERT INTO breed_kiosk.version (schema, place) VALUES (1, breed_kiosk.place()) ON CONFLICT DO NOTHING;
SELECT breed_kiosk.shift_numbers();
