"""Analyses of several trials as one: rates, pooling over trials, response."""
