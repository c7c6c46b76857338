"""A study in disguise: cohorts, names, amounts and texts that cannot be mistaken, dealt to the participants in any way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard.study.columns import RECORD_TABLES
from dashboard.study.protocol import Cohort, StudyProtocol
from dashboard.study.snapshot import StudyData

# What stands for each cohort: key, label, code, amount. None of these characters stands anywhere else in the product.
COHORTS = {
    "zqalpha": Cohort(key="zqalpha", label="Zqalpha Stufe", codes=("ZQALPHA-CODE",), dose=91827.0),
    "zqbeta": Cohort(key="zqbeta", label="Zqbeta Stufe", codes=("ZQBETA-CODE",), dose=91828.0),
    "zqgamma": Cohort(key="zqgamma", label="Zqgamma Stufe", codes=("ZQGAMMA-CODE",), dose=91829.0),
}
TELLING = ("zqalpha", "zqbeta", "zqgamma", "zq text", "9182", "stufe")
TEXTS = ("visit_label", "value_text", "unit_text", "source_file", "amount_unit", "reported_term", "category")


def disguise_protocol(protocol: StudyProtocol, interim: str = "closed") -> StudyProtocol:
    """The study with the cohorts above."""
    told = protocol.model_dump() | {"cohorts": tuple(part.model_dump() for part in COHORTS.values()), "interim": interim}
    told["safety"] |= {"decisions": ()}
    told["study"] |= {"intervention": "Zqalpha, Zqbeta or Zqgamma Stufe"}
    told["notes"] = ({"title": "Zqalpha", "text": "Zqalpha Stufe 91827", "source": "Zqbeta"},)
    return StudyProtocol.model_validate(told)


@dataclass(frozen=True)
class Deal:
    """Which cohort each participant is in; names, amounts and texts say it too. Equal seeds deal alike."""

    seed: int
    known: dict[str, str] = field(default_factory=dict)

    def deal(self, people: pd.DataFrame) -> Mapping[str, str]:
        """The cohort of each participant. As many get each cohort as had one before, in the order of the names."""
        if not self.known:
            names = sorted(people["participant"])
            sizes = people.set_index("participant").loc[names, "cohort"]
            keys = np.array(list(COHORTS))[pd.factorize(sizes)[0]]
            # Dosed and not dosed apart, so that every deal has as many dosed in each cohort.
            dosed = people.set_index("participant").loc[names, "dosed"].to_numpy()
            for part in (dosed, ~dosed):
                keys[part] = np.random.default_rng(self.seed).permutation(keys[part])
            self.known.update(zip(names, keys.tolist(), strict=True))
        return self.known

    def rename(self, frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
        """The rows as a delivery would have them that names everything after the cohorts, in the order of the new names."""
        dealt = self.deal(people)
        cohort = frame["participant"].map(dealt)
        number = frame["participant"].map({name: place for place, name in enumerate(sorted(dealt))}).astype(str)
        changed = {"participant": "ZQ-" + cohort + "-" + number}
        changed |= {"cohort": cohort} if "cohort" in frame else {}
        changed |= {name: "zq text of " + cohort for name in TEXTS if name in frame}
        changed |= {"amount": cohort.map({key: part.dose for key, part in COHORTS.items()})} if "amount" in frame else {}
        changed |= {"term": frame["term"].where(np.arange(len(frame)) % 11 > 0, "Zqalpha Stufe 91827")} if "term" in frame else {}
        kinds = {name: frame[name].dtype for name in changed}
        return frame.assign(**changed).astype(kinds).sort_values("participant", kind="stable", ignore_index=True)

    def disguise(self, data: StudyData) -> StudyData:
        """All rows of a data cut."""
        people = data.participants
        renamed = {name: self.rename(getattr(data, name), people) for name in ("participants", "counts", "doses")}
        return replace(data, **renamed)


def no_records(table: str) -> pd.DataFrame:
    """No row of one of RECORD_TABLES."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD_TABLES[table][0].items()})
