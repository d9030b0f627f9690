//! What the school still has to tell somebody: e-mails, calls of webhooks, and events of the live stream.
//!
//! A row is put in the transaction of the act it tells of, and delivered after the commit. Removed with the
//! account it is for.

const UP: &[&str] = &[
    "CREATE TABLE outbox (@tenant,
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
    // Asked across schools, by whoever delivers; what was delivered is not in it.
    "CREATE INDEX outbox_due ON outbox (channel, due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX outbox_lease ON outbox (school_id, lease) WHERE lease IS NOT NULL",
    "CREATE INDEX outbox_heard ON outbox (school_id, recipient_id, place)",
    "CREATE INDEX outbox_created ON outbox (school_id, created_at, id)",
    "CREATE INDEX outbox_state ON outbox (school_id, state, created_at, id)",
    "CREATE INDEX outbox_channel ON outbox (school_id, channel, created_at, id)",
    "CREATE INDEX outbox_kind ON outbox (school_id, kind, created_at, id)",
];

const DOWN: &[&str] = &["DROP TABLE outbox"];

crate::ddl::migration!(UP, DOWN);
