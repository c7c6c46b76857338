"""Wiring only: decode, ask, draw. The repository comes in through the workspace; no callback knows a database."""
