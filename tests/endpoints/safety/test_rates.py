"""How participants and events are counted by row of a table and group; every number by hand."""

from __future__ import annotations

import numpy as np

from dashboard.endpoints.safety.rates import compute_rates, count_entries, derive_at_risk, derive_entries, select_people
from tests.endpoints.safety.trial import analyse, everyone_at_risk, people

# e was not dosed; the others were observed to the cut on day 500: 501 days, 501 / 7 weeks each.
ANALYSIS = analyse(people(a="240", b="240", c="480", d="720", e="720"), doses={"e": ()})
AT_RISK = everyone_at_risk(ANALYSIS)
# Row 0: a twice, c, e. Row 2: b, d three times. Nothing in row 1.
ENTRIES = derive_entries(np.array([0, 0, 2, 0, 2, 2, 2, 0]), np.array([0, 2, 3, 0, 3, 1, 3, 4]), 3, 5)


def test_a_participant_counts_once_in_a_row_and_each_event_counts() -> None:
    assert list(zip(ENTRIES.row.tolist(), ENTRIES.person.tolist(), ENTRIES.hits.tolist(), strict=True)) == [
        (0, 0, 2), (0, 2, 1), (0, 4, 1), (2, 1, 1), (2, 3, 3),
    ]  # fmt: skip
    n, events = count_entries(ENTRIES, AT_RISK)
    assert n.tolist() == [[1, 1, 0, 2], [0, 0, 0, 0], [1, 0, 1, 2]]
    assert events.tolist() == [[2, 1, 0, 3], [0, 0, 0, 0], [1, 0, 3, 4]]


def test_the_same_entries_serve_every_selection() -> None:
    mask = np.array([False, True, True, False, True])
    chosen = select_people(AT_RISK, mask)
    n, events = count_entries(ENTRIES, chosen)
    assert n.tolist() == events.tolist() == [[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1]]
    whole = derive_at_risk(ANALYSIS, mask)
    assert chosen.cohort_of.tolist() == whole.cohort_of.tolist() == [-1, 0, 1, -1, -1]
    assert chosen.sizes.tolist() == whole.sizes.tolist() == [1, 1, 0, 2]


def test_rates_are_of_those_at_risk_and_of_their_weeks() -> None:
    rates = compute_rates(*count_entries(ENTRIES, AT_RISK), AT_RISK)
    assert rates.of.tolist() == [[2, 1, 1, 4]] * 3
    assert rates.percent[0].tolist() == [50, 100, 0, 50]
    # Three events in 4 × 501 / 7 weeks: 3 · 700 / 2004 for 100 of them.
    np.testing.assert_allclose(rates.rate[0, 3], 2100 / 2004, rtol=1e-12)
    assert np.isnan(rates.lower).all()
