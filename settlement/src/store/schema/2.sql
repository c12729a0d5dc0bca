-- Running sums, so that nobody reads every winner to know them; `sums::fill` makes them from what there is.
CREATE TABLE sum (
    -- 0 to 3: winners in that state; 4: what was paid; 5: what was received; 6: what was won.
    what INTEGER NOT NULL CHECK (what BETWEEN 0 AND 6),
    -- Hours since 1970; -1: of all time.
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0),
    -- Wei; of what was received, expected value in parts of 2^256 of a wei.
    amount BLOB NOT NULL CHECK (length(amount) = 64),
    PRIMARY KEY (what, hour)
) STRICT, WITHOUT ROWID;
