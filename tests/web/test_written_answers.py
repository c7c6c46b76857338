"""What is kept of an answer is sent as Dash would have written it."""

from __future__ import annotations

import numpy as np
import pytest
from plotly.io.json import to_json_plotly

from callbacks.panels import write_json
from dashboard.figures.style import pack

# float32 of these numbers has every sign of base64 in it, "/" among them.
PARTS = [
    {"text": "<b>n/N</b> & ≥ 5", "none": None, "numbers": [1, 2.5]},
    {"data": [{"x": pack(np.linspace(-1e6, 1e6, 999)), "name": "a/b"}]},
    ["</script>", {1: "<"}],
]


@pytest.mark.parametrize("part", PARTS)
def test_a_kept_part_is_sent_as_dash_writes_it(part: object) -> None:
    assert to_json_plotly({"part": write_json(part)}) == to_json_plotly({"part": part})
