"""What the reader looks at: one frozen ViewState, its codec to and from the address, and its sentence."""
