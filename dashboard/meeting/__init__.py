"""A meeting: an agenda of saved views, one reader whose page moves the others', and what was decided and said on which view."""
