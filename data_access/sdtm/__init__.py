"""Readers of SDTM data sets, one module per domain: tables of text in, frames of `data_access.reading` out."""
