"""The synthetic participants of the pooled analysis: the abstract's counts, courses that can have happened, a clean delivery."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.draft_quality import add_flags
from dashboard.simulate.pooled.drawing import draw_members, fit_ranks, median_ranks
from dashboard.simulate.pooled.targets import CUT, find_deviations, list_checks
from dashboard.simulate.pooled.trial import SEED, simulate_pooled, write_pooled
from dashboard.study.definitions import BUILT_IN, read_definition
from data_access.delivery import Delivery, read_delivery

Domains = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def domains() -> Domains:
    return simulate_pooled()


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("pooled")
    write_pooled(folder)
    protocol = read_definition(BUILT_IN / "ns7car.toml")
    return add_flags(protocol, read_delivery(protocol, [folder], CUT))


def days_of(domains: Domains, *terms: str) -> pd.Series:
    """Days since infusion of the first record of DS under one of `terms`; study day 1 is the day of infusion."""
    rows = domains["DS"][domains["DS"]["DSDECOD"].isin(terms)]
    return (rows["DSSTDY"].astype(int) - 1).groupby(rows["USUBJID"]).min()


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    def digest(name: str, seed: int) -> list[str]:
        return [path.name + hashlib.sha256(path.read_bytes()).hexdigest() for path in write_pooled(tmp_path / name, seed)]

    first = digest("a", 3)
    assert first == digest("b", 3)
    assert not set(first) & set(digest("c", 4))


def test_the_readme_of_the_delivery_begins_with_synthetic_and_every_row_is_marked(tmp_path: Path, domains: Domains) -> None:
    *_, readme = write_pooled(tmp_path)
    assert readme.read_text(encoding="utf-8").startswith("SYNTHETIC data: no row in this folder describes a real person.")
    for name, frame in domains.items():
        assert len(frame), name
        assert frame["USUBJID"].str.startswith("SYN-").all(), name
        assert frame["STUDYID"].str.startswith("SYNTHETIC-NCT0").all(), name


@pytest.mark.parametrize("seed", [SEED, 1])
def test_every_count_of_the_abstract_comes_out_from_any_seed(seed: int) -> None:
    # Counted here from the files, by numbers that stand in the abstract.
    files = simulate_pooled(seed)
    dm, extra = files["DM"], files["SUPPDM"].pivot(index="USUBJID", columns="QNAM", values="QVAL")
    assert extra["DISEASE"].value_counts().to_dict() == {"T-ALL": 159, "T-LBL": 121, "MPAL": 24, "AML": 21, "PTCL": 9}
    assert dm["SEX"].value_counts().to_dict() == {"M": 255, "F": 79}
    assert (dm["AGE"].astype(int).median(), dm["AGE"].astype(int).min(), dm["AGE"].astype(int).max()) == (24, 2, 67)
    assert extra["PRIORTX"].value_counts().to_dict() == {"none": 246, "after-first": 84, "after-second": 4}
    assert extra["INVOLVE"].value_counts(dropna=False).to_dict() == {"both": 137, "marrow": 128, "extramedullary": 56, np.nan: 13}
    assert (extra["BMBLAST"].notna().sum(), (extra["BMBLAST"].astype(float) >= 20).sum()) == (265, 79)
    assert extra["DOSELVL"].value_counts().to_dict() == {"1e6": 278, "5e5": 51, "1.5-2e6": 5}
    best = files["RS"].loc[files["RS"]["RSTESTCD"] == "BESTRESP", "RSORRES"]
    assert (len(best), (best != "NE").sum(), best.isin(["CR", "CRi", "PR"]).sum(), best.isin(["CR", "CRi"]).sum()) == (334, 329, 284, 278)
    transplant = days_of(files, "STEM CELL TRANSPLANT")
    assert (len(transplant), transplant.median(), transplant.min(), transplant.max()) == (245, 57, 28, 227)
    worst = files["AE"].groupby(["AEDECOD", "USUBJID"])["AETOXGR"].max().astype(int)
    grades = [(term, (worst[term] < 3).sum(), (worst[term] >= 3).sum()) for term in worst.index.unique("AEDECOD")]
    neurotoxicity = "Immune effector cell-associated neurotoxicity syndrome"
    assert grades == [("Cytokine release syndrome", 286, 34), (neurotoxicity, 3, 8)]


def test_observed_times_have_the_medians_and_the_range_of_the_abstract(domains: Domains) -> None:
    survival = days_of(domains, "DEATH", "LAST CONTACT")
    progression_free = days_of(domains, "RELAPSE", "PROGRESSION", "DEATH", "LAST CONTACT")
    for times, median in ((survival, 567.5), (progression_free, 547.5)):
        assert (len(times), times.median(), times.min(), times.max()) == (334, median, 45, 1694)


def test_a_target_that_is_missed_is_named_with_what_was_found(domains: Domains) -> None:
    changed = domains["DM"].assign(SEX=domains["DM"]["SEX"].where(domains["DM"].index > 0, "U"))
    (sentence,) = find_deviations(domains | {"DM": changed})
    assert sentence.startswith("sexes: expected {'M': 255, 'F': 79}, found ")
    assert "'U': 1" in sentence
    assert {check.source for check in list_checks(domains)} == {"abstract", "assumption"}


def test_courses_follow_the_order_in_which_things_can_happen(domains: Domains) -> None:
    death, end = days_of(domains, "DEATH"), days_of(domains, "DEATH", "LAST CONTACT")
    failure, transplant = days_of(domains, "RELAPSE", "PROGRESSION"), days_of(domains, "STEM CELL TRANSPLANT")
    assert (failure <= end[failure.index]).all()
    assert (transplant < end[transplant.index]).all()
    responses = domains["RS"][domains["RS"]["RSTESTCD"] == "OVRLRESP"]
    assessed = responses["RSDY"].astype(int) - 1
    assert (assessed <= end[responses["USUBJID"]].to_numpy()).all()
    # Nothing but progression is found from the failure on.
    late = assessed >= failure.reindex(responses["USUBJID"]).to_numpy()
    assert set(responses.loc[late, "RSORRES"]) == {"PD"}
    # A response that relapsed did so after it was found; who never responded never relapsed.
    relapsed = set(domains["DS"].loc[domains["DS"]["DSDECOD"] == "RELAPSE", "USUBJID"])
    best = domains["RS"][domains["RS"]["RSTESTCD"] == "BESTRESP"].set_index("USUBJID")["RSORRES"]
    assert set(best[list(relapsed)]) <= {"CR", "CRi"}
    assert set(domains["DM"].loc[domains["DM"]["DTHFL"] == "Y", "USUBJID"]) == set(death.index)


def test_nobody_was_infused_outside_the_period_or_seen_after_the_cut(domains: Domains) -> None:
    infused = domains["EX"]["EXSTDTC"].str[:10]
    assert infused.min() >= "2020-11-09"
    assert infused.max() <= "2025-05-21"
    dates = [domains[name][f"{name}{end}"].str[:10] for name, end in (("DS", "STDTC"), ("RS", "DTC"), ("CP", "DTC"), ("AE", "ENDTC"))]
    assert max(pd.concat(dates)) <= date(2025, 8, 1).isoformat()


def test_cd7_positive_t_cells_are_gone_by_day_11_and_negative_ones_expand(domains: Domains) -> None:
    flow = domains["CP"]
    gone = flow[(flow["CPTESTCD"] == "TCD7POS") & flow["VISIT"].isin(["DAY 11", "DAY 14", "DAY 21"])]
    assert set(gone["CPORRES"]) == {"<1"}
    negative = flow[flow["CPTESTCD"] == "TCD7NEG"].pivot(index="USUBJID", columns="VISIT", values="CPORRES")
    before, after = (pd.to_numeric(negative[visit], errors="coerce") for visit in ("BASELINE", "DAY 14"))
    assert (after > 5 * before).mean() > 0.95


def test_conditioning_for_a_transplant_leaves_no_lymphocytes_to_count(domains: Domains) -> None:
    transplant, counts = days_of(domains, "STEM CELL TRANSPLANT"), domains["LB"]
    since = counts["LBDY"].astype(int) - 1 - transplant.reindex(counts["USUBJID"]).to_numpy()
    assert set(counts.loc[(since >= -5) & (since <= 10), "LBORRES"]) == {"<0.02"}


def test_the_delivery_is_read_whole_and_synthetic(delivery: Delivery) -> None:
    assert (delivery.synthetic, delivery.cut_date) == (True, CUT)
    assert len(delivery.participants) == 334
    assert delivery.participants["dosed"].all()
    # Besides the missing manifest there is nothing to say about it.
    assert [note.code for note in delivery.report.notes] == ["no-manifest"]


def test_the_quality_flags_are_what_the_participants_really_lack(delivery: Delivery, domains: Domains) -> None:
    raised = {flag.code: flag.rows for flag in delivery.report.flags}
    below = sum(int(domains[name][f"{name}ORRES"].str.startswith("<").sum()) for name in ("LB", "CP"))
    planned = pd.Series({"DAY 28": 28, "MONTH 2": 60, "MONTH 3": 91, "MONTH 6": 182, "MONTH 12": 365, "MONTH 18": 547, "MONTH 24": 730})
    end = days_of(domains, "DEATH", "LAST CONTACT")
    due = sum(int((end >= day).sum()) for day in planned)
    came = int(domains["LB"]["VISIT"].isin(planned.index).sum())
    assert raised == {"below-limit": below, "visit-absent": due - came}


def test_ranks_are_met_exactly_and_the_order_kept() -> None:
    raw = np.array([5.0, 1.0, 3.0, 9.0])
    # Sorted 1, 3, 5, 9: the lowest 10, the middle two 20 and 21 (median 20.5), the highest 40.
    assert fit_ranks(raw, median_ranks(4, 10, 20.5, 40)).tolist() == [21, 10, 20, 40]
    # Five values: the middle one is the median; 4 lies half way between 3 and 5, so half way between 7 and 11.
    assert fit_ranks(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), median_ranks(5, 1, 7, 11)).tolist() == [1, 4, 7, 9, 11]
    with pytest.raises(ValueError, match="ranks 1 and 4 need a value"):
        fit_ranks(raw, {1: 3, 3: 5})


def test_members_are_drawn_in_their_number_and_never_with_weight_zero() -> None:
    stream = np.random.default_rng(1)
    weights = np.array([0.0, 1.0, 2.0, 0.0, 3.0])
    for _ in range(20):
        drawn = draw_members(weights, 2, stream)
        assert len(set(drawn.tolist()) & {1, 2, 4}) == 2
    with pytest.raises(ValueError, match="4 members are wanted and 3 can be drawn"):
        draw_members(weights, 4, stream)
