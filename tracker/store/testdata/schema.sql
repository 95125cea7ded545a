CREATE TABLE alert (
    key        TEXT NOT NULL PRIMARY KEY,
    case_id    TEXT NOT NULL,
    run_id     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    band       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT NOT NULL, -- given with the state
    changed_at INTEGER NOT NULL,
    json       TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE INDEX alert_case ON alert (case_id, created_at);

CREATE TABLE batch (
    seq        INTEGER PRIMARY KEY, -- rises with the order of commits
    run_id     INTEGER NOT NULL REFERENCES run (id),
    key        TEXT NOT NULL,
    probe      INTEGER NOT NULL,
    vantage    TEXT NOT NULL,
    server     TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    names      INTEGER NOT NULL,
    names_hash BLOB NOT NULL,
    counts     TEXT NOT NULL, -- json, by outcome
    unknowns   TEXT NOT NULL, -- json, names
    first_at   INTEGER NOT NULL, -- oldest and newest observation in it
    last_at    INTEGER NOT NULL,
    members    BLOB NOT NULL, -- ids of the names it observed, sorted, as varint differences
    stored_at  INTEGER NOT NULL,
    UNIQUE (run_id, key)
) STRICT;

CREATE TABLE capture (
    name    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    vantage TEXT NOT NULL,
    digest  BLOB NOT NULL, -- of the capture record in the blob store
    content BLOB NOT NULL, -- what was seen, without the times
    PRIMARY KEY (name, at, vantage)
) WITHOUT ROWID, STRICT;

CREATE INDEX capture_content ON capture (content);

CREATE TABLE case_file (
    id         TEXT NOT NULL PRIMARY KEY,
    title      TEXT NOT NULL,
    note       TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE case_name (
    case_id           TEXT NOT NULL REFERENCES case_file (id),
    name              TEXT NOT NULL,
    position          INTEGER NOT NULL, -- in the file, from 0
    role              TEXT NOT NULL,
    seized_at         INTEGER NOT NULL,
    kind              TEXT NOT NULL,
    impersonates      TEXT NOT NULL,
    country           TEXT NOT NULL,
    registered_at     INTEGER NOT NULL,
    registered_at_alt INTEGER NOT NULL,
    listed_at         INTEGER NOT NULL,
    campaign          TEXT NOT NULL,
    confirmation      TEXT NOT NULL,
    source            TEXT NOT NULL,
    note              TEXT NOT NULL,
    file              TEXT NOT NULL,
    line              INTEGER NOT NULL,
    entered_at        INTEGER NOT NULL, -- the name first stood in the case
    seizure_entered_at INTEGER NOT NULL, -- it first stood there as seized; 0 = never
    dropped_at        INTEGER NOT NULL, -- a later version of the file left it out; 0 = it stands
    PRIMARY KEY (case_id, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE case_outlet (
    case_id    TEXT NOT NULL REFERENCES case_file (id),
    name       TEXT NOT NULL,
    position   INTEGER NOT NULL,
    title      TEXT NOT NULL,
    country    TEXT NOT NULL,
    file       TEXT NOT NULL,
    line       INTEGER NOT NULL,
    entered_at INTEGER NOT NULL,
    dropped_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE delivery (
    alert_key    TEXT NOT NULL REFERENCES alert (key),
    channel      TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    delivered_at INTEGER NOT NULL, -- 0 = not yet
    last_error   TEXT NOT NULL,
    PRIMARY KEY (alert_key, channel)
) WITHOUT ROWID, STRICT;

CREATE INDEX delivery_due ON delivery (delivered_at, next_at);

CREATE TABLE fact (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    json   TEXT NOT NULL
) STRICT;

CREATE TABLE fingerprint (
    content BLOB NOT NULL,
    rule    TEXT NOT NULL,
    json    TEXT NOT NULL,
    PRIMARY KEY (content, rule)
) WITHOUT ROWID, STRICT;

CREATE TABLE identifier (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    name     TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, value, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE known (
    case_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    from_name   TEXT NOT NULL,
    revealed_by TEXT NOT NULL,
    batch       INTEGER NOT NULL, -- that it came from; 0 = from none
    since       INTEGER NOT NULL,
    PRIMARY KEY (case_id, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE lifespan (
    case_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    json        TEXT NOT NULL,
    PRIMARY KEY (case_id, name, incarnation)
) WITHOUT ROWID, STRICT;

CREATE TABLE link (
    case_id  TEXT NOT NULL,
    new      TEXT NOT NULL,
    old      TEXT NOT NULL,
    band     TEXT NOT NULL,
    relation TEXT NOT NULL,
    score    REAL NOT NULL,
    at       INTEGER NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (case_id, new, old)
) WITHOUT ROWID, STRICT;

CREATE TABLE link_change (
    case_id  TEXT NOT NULL,
    new      TEXT NOT NULL,
    old      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    band     TEXT NOT NULL,
    relation TEXT NOT NULL,
    score    REAL NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (case_id, new, old, at)
) WITHOUT ROWID, STRICT;

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE name (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE observation (
    name_id    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    probe      INTEGER NOT NULL,
    vantage_id INTEGER NOT NULL,
    batch      INTEGER NOT NULL,
    outcome    INTEGER NOT NULL,
    reason_id  INTEGER NOT NULL,
    server_id  INTEGER NOT NULL,
    fact_id    INTEGER NOT NULL, -- 0 = it said nothing but the outcome
    raw        BLOB, -- digest of the answer's bytes; NULL = not kept
    PRIMARY KEY (name_id, at, probe, vantage_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE pacing (
    server  TEXT NOT NULL PRIMARY KEY,
    next_at INTEGER NOT NULL,
    json    TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE registration_cache (
    name       TEXT NOT NULL PRIMARY KEY,
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    json       TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE rejected_pair (
    case_id     TEXT NOT NULL,
    new         TEXT NOT NULL,
    old         TEXT NOT NULL,
    reason      TEXT NOT NULL,
    rejected_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, new, old)
) WITHOUT ROWID, STRICT;

CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    case_id      TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER NOT NULL,
    verdict      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    coverage     TEXT NOT NULL, -- json
    UNIQUE (case_id, scheduled_at)
) STRICT;

CREATE TABLE schedule (
    case_id     TEXT NOT NULL PRIMARY KEY,
    next_due_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE site_state (
    case_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    status      TEXT NOT NULL,
    since_lo    INTEGER NOT NULL,
    since_hi    INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    last_asked  INTEGER NOT NULL,
    json        TEXT NOT NULL,
    PRIMARY KEY (case_id, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE stage_cursor (
    stage      TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (stage, case_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE suffix (
    suffix    TEXT NOT NULL PRIMARY KEY,
    wildcard  INTEGER NOT NULL,
    probed_at INTEGER NOT NULL,
    json      TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE suffix_hit (
    case_id  TEXT NOT NULL,
    suffix   TEXT NOT NULL,
    name     TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, suffix, name)
) WITHOUT ROWID, STRICT;

CREATE TABLE transition (
    case_id  TEXT NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL, -- in the replay of this name, from 0
    axis     TEXT NOT NULL,
    event    TEXT NOT NULL,
    lo       INTEGER NOT NULL,
    hi       INTEGER NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (case_id, name, position)
) WITHOUT ROWID, STRICT;

CREATE TABLE word (
    id   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

