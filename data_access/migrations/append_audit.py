"""The function with which PostgreSQL adds a row to the audit: the turn, the head, the hash and the row in one journey to the server."""

from __future__ import annotations

# The number is that of `AUDIT_LOCK`, the ten seconds are those a reader waits for a turn. Each statement of the function sees what
# was committed before the statement, so the head is read as it stands once the turn has come.
CREATE = """
CREATE FUNCTION append_to_audit(
    at text, action text, reader text, study text, cut text, request text, detail text, line_before text, line_after text,
    OUT seq bigint, OUT hash text
) LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
    previous text;
BEGIN
    PERFORM pg_advisory_xact_lock(560092004);
    SELECT newest.seq, newest.hash INTO seq, previous FROM audit_event AS newest ORDER BY newest.seq DESC LIMIT 1;
    seq := coalesce(seq, 0) + 1;
    previous := coalesce(previous, repeat('0', 64));
    hash := encode(sha256(convert_to(previous || chr(10) || line_before || seq || line_after, 'UTF8')), 'hex');
    INSERT INTO audit_event VALUES (seq, at, action, reader, study, cut, request, detail, previous, hash);
END $$
"""
