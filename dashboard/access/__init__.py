"""Who gets in and what each may do: pure rules on accounts, roles, passwords, sessions and releases; no Flask, no SQL, no clock."""
