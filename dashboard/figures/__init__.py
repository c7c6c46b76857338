"""How it is drawn: a summary in, a Plotly figure out as a plain dict. Nothing is computed or chosen here."""
