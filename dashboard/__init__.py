"""Lymphotrace: lymphocyte trajectories of a clinical trial, from a delivery to a shareable view."""

__version__ = "0.1.0"
