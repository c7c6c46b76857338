"""Readers of ADaM data sets, one module per kind: tables of text in, frames of `data_access.reading` out."""
