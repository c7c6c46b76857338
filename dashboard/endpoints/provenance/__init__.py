"""Where a number comes from: each value back to its source rows, with every step of its derivation in a sentence."""
