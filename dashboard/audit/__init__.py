"""The audit: what is written of whom, how its rows are chained, and the questions it answers; pure rules, no SQL, no clock, no Flask."""
