"""What is computed: one derivation per function; frames and arrays in, results out."""
