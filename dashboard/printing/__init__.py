"""Printing without a browser: figures as SVG, and documents as one HTML file and one PDF; equal inputs give equal bytes."""
