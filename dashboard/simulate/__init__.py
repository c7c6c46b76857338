"""A synthetic trial made from published numbers: nothing here is data of a real participant."""
