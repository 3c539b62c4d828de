-- +goose Up
-- What somebody has booked from a day on is looked up for each colleague of whoever asks for leave. The index behind bookings_exclusive takes
-- three times as long for it; it stays the one for a window of which somebody may have booked much behind.
CREATE INDEX bookings_until ON bookings (person_id, upper(halves));

-- +goose Down
DROP INDEX bookings_until;
