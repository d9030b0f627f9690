//! Webhook endpoints of a school, and what of its outbox is for which of them.
//!
//! A parcel goes with the endpoint it is for, and one that nobody wants is `skipped`. SQLite adds neither a
//! reference of two columns nor a word to a check, so the outbox is made anew there. The indexes of its
//! list leave out the live events, which are the most and are in no list.

const UP: &[&str] = &[
    "CREATE TABLE webhook_endpoints (@tenant,
        url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
        description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
        events @json NOT NULL,
        secret text NOT NULL DEFAULT '' CHECK (length(secret) <= 200),
        is_active boolean NOT NULL DEFAULT true,
        @key)",
    "CREATE INDEX webhook_endpoints_created ON webhook_endpoints (school_id, created_at, id)",
    "CREATE INDEX webhook_endpoints_active ON webhook_endpoints (school_id, is_active, created_at, id)",
    "DROP INDEX outbox_created",
    "DROP INDEX outbox_state",
    "DROP INDEX outbox_channel",
    "DROP INDEX outbox_kind",
    "@postgres ALTER TABLE outbox ADD COLUMN endpoint_id bigint",
    "@postgres ALTER TABLE outbox ADD FOREIGN KEY (school_id, endpoint_id) \
     REFERENCES webhook_endpoints (school_id, id) ON DELETE CASCADE",
    "@postgres ALTER TABLE outbox DROP CONSTRAINT outbox_state_check",
    "@postgres ALTER TABLE outbox ADD CONSTRAINT outbox_state_check \
     CHECK (state IN ('pending', 'sending', 'sent', 'skipped', 'dead'))",
    "@sqlite CREATE TABLE addressed_outbox (@tenant,
        kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 50),
        channel text NOT NULL CHECK (channel IN ('email', 'webhook', 'live')),
        recipient_id bigint,
        address text NOT NULL DEFAULT '' CHECK (length(address) <= 2000),
        dedupe_key text NOT NULL CHECK (length(dedupe_key) BETWEEN 1 AND 200),
        payload @json NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'skipped', 'dead')),
        due_at @time,
        attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        lease text,
        last_error text CHECK (length(last_error) <= 200),
        place bigint,
        endpoint_id bigint,
        @key,
        CHECK ((state IN ('pending', 'sending')) = (due_at IS NOT NULL)),
        UNIQUE (school_id, channel, dedupe_key),
        UNIQUE (school_id, place),
        FOREIGN KEY (school_id, recipient_id) REFERENCES users (school_id, id) ON DELETE CASCADE,
        FOREIGN KEY (school_id, endpoint_id) REFERENCES webhook_endpoints (school_id, id) ON DELETE CASCADE)",
    "@sqlite INSERT INTO addressed_outbox (school_id, id, created_at, updated_at, row_version, kind, channel, recipient_id, \
     address, dedupe_key, payload, state, due_at, attempts, lease, last_error, place) \
     SELECT school_id, id, created_at, updated_at, row_version, kind, channel, recipient_id, \
     address, dedupe_key, payload, state, due_at, attempts, lease, last_error, place FROM outbox",
    "@sqlite DROP TABLE outbox",
    "@sqlite ALTER TABLE addressed_outbox RENAME TO outbox",
    "@sqlite CREATE INDEX outbox_due ON outbox (channel, due_at, id) WHERE due_at IS NOT NULL",
    "@sqlite CREATE INDEX outbox_lease ON outbox (school_id, lease) WHERE lease IS NOT NULL",
    "@sqlite CREATE INDEX outbox_heard ON outbox (school_id, recipient_id, place)",
    "CREATE INDEX outbox_created ON outbox (school_id, created_at, id) WHERE channel <> 'live'",
    "CREATE INDEX outbox_state ON outbox (school_id, state, created_at, id) WHERE channel <> 'live'",
    "CREATE INDEX outbox_channel ON outbox (school_id, channel, created_at, id) WHERE channel <> 'live'",
    "CREATE INDEX outbox_kind ON outbox (school_id, kind, created_at, id) WHERE channel <> 'live'",
    "CREATE INDEX outbox_endpoint ON outbox (school_id, endpoint_id, created_at, id) WHERE endpoint_id IS NOT NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX outbox_created",
    "DROP INDEX outbox_state",
    "DROP INDEX outbox_channel",
    "DROP INDEX outbox_kind",
    "DROP INDEX outbox_endpoint",
    "DELETE FROM outbox WHERE endpoint_id IS NOT NULL OR state = 'skipped'",
    "@postgres ALTER TABLE outbox DROP COLUMN endpoint_id",
    "@postgres ALTER TABLE outbox DROP CONSTRAINT outbox_state_check",
    "@postgres ALTER TABLE outbox ADD CONSTRAINT outbox_state_check \
     CHECK (state IN ('pending', 'sending', 'sent', 'dead'))",
    "@sqlite CREATE TABLE plain_outbox (@tenant,
        kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 50),
        channel text NOT NULL CHECK (channel IN ('email', 'webhook', 'live')),
        recipient_id bigint,
        address text NOT NULL DEFAULT '' CHECK (length(address) <= 2000),
        dedupe_key text NOT NULL CHECK (length(dedupe_key) BETWEEN 1 AND 200),
        payload @json NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'dead')),
        due_at @time,
        attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        lease text,
        last_error text CHECK (length(last_error) <= 200),
        place bigint,
        @key,
        CHECK ((state IN ('pending', 'sending')) = (due_at IS NOT NULL)),
        UNIQUE (school_id, channel, dedupe_key),
        UNIQUE (school_id, place),
        FOREIGN KEY (school_id, recipient_id) REFERENCES users (school_id, id) ON DELETE CASCADE)",
    "@sqlite INSERT INTO plain_outbox (school_id, id, created_at, updated_at, row_version, kind, channel, recipient_id, \
     address, dedupe_key, payload, state, due_at, attempts, lease, last_error, place) \
     SELECT school_id, id, created_at, updated_at, row_version, kind, channel, recipient_id, \
     address, dedupe_key, payload, state, due_at, attempts, lease, last_error, place FROM outbox",
    "@sqlite DROP TABLE outbox",
    "@sqlite ALTER TABLE plain_outbox RENAME TO outbox",
    "@sqlite CREATE INDEX outbox_due ON outbox (channel, due_at, id) WHERE due_at IS NOT NULL",
    "@sqlite CREATE INDEX outbox_lease ON outbox (school_id, lease) WHERE lease IS NOT NULL",
    "@sqlite CREATE INDEX outbox_heard ON outbox (school_id, recipient_id, place)",
    "CREATE INDEX outbox_created ON outbox (school_id, created_at, id)",
    "CREATE INDEX outbox_state ON outbox (school_id, state, created_at, id)",
    "CREATE INDEX outbox_channel ON outbox (school_id, channel, created_at, id)",
    "CREATE INDEX outbox_kind ON outbox (school_id, kind, created_at, id)",
    "DROP TABLE webhook_endpoints",
];

crate::ddl::migration!(UP, DOWN, at_once);
