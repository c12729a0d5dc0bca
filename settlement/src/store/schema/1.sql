-- Numbers of the chain are big-endian blobs, times are milliseconds since 1970.

-- What all secret numbers follow from, and what tells this node from another with the same key.
CREATE TABLE secret (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL CHECK (length(key) = 32),
    instance BLOB NOT NULL CHECK (length(instance) = 16)
) STRICT;

-- Nonces up to here may have earned credit.
CREATE TABLE ceiling (
    recipient_rand_hash BLOB PRIMARY KEY CHECK (length(recipient_rand_hash) = 32),
    nonce INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ceiling_expires ON ceiling (expires);

-- What a sender has left for a stream: its account as JSON.
CREATE TABLE credit (
    sender BLOB NOT NULL CHECK (length(sender) = 20),
    stream TEXT NOT NULL,
    account TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (sender, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_changed ON credit (changed);

-- Each transaction that was signed for a batch; the batch is named by its first one.
CREATE TABLE attempt (
    tx BLOB PRIMARY KEY CHECK (length(tx) = 32),
    batch BLOB NOT NULL REFERENCES attempt (tx),
    account BLOB NOT NULL CHECK (length(account) = 20),
    nonce INTEGER NOT NULL,
    block INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_batch ON attempt (batch);

CREATE TABLE winner (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    recipient BLOB NOT NULL CHECK (length(recipient) = 20),
    sender BLOB NOT NULL CHECK (length(sender) = 20),
    face_value BLOB NOT NULL CHECK (length(face_value) = 32),
    win_prob BLOB NOT NULL CHECK (length(win_prob) = 32),
    nonce BLOB NOT NULL CHECK (length(nonce) = 32),
    recipient_rand_hash BLOB NOT NULL CHECK (length(recipient_rand_hash) = 32),
    round BLOB NOT NULL CHECK (length(round) = 32),
    round_hash BLOB NOT NULL CHECK (length(round_hash) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 65),
    recipient_rand BLOB NOT NULL CHECK (length(recipient_rand) = 32),
    expires INTEGER NOT NULL,
    won INTEGER NOT NULL,
    -- 0 pending, 1 submitted, 2 redeemed, 3 hopeless.
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    changed INTEGER NOT NULL,
    batch BLOB REFERENCES attempt (tx),
    tx BLOB CHECK (length(tx) = 32),
    block INTEGER,
    paid BLOB CHECK (length(paid) = 32),
    reason TEXT,
    CHECK ((batch IS NOT NULL) = (state = 1)),
    CHECK ((tx IS NOT NULL AND block IS NOT NULL AND paid IS NOT NULL) = (state = 2)),
    CHECK ((reason IS NOT NULL) = (state = 3))
) STRICT;
CREATE INDEX winner_won ON winner (won);
CREATE INDEX winner_changed ON winner (state, changed);
CREATE INDEX winner_batch ON winner (batch);

-- What was received in an hour (hours since 1970): tickets, and their expected value in parts of 2^256 of a wei.
CREATE TABLE hour (
    hour INTEGER PRIMARY KEY,
    tickets INTEGER NOT NULL,
    expected BLOB NOT NULL CHECK (length(expected) = 64)
) STRICT;
