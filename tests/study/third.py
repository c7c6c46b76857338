"""A third study, written as its owner would write it: three trials as one, with groupings, responses, survival and recovery."""

from __future__ import annotations

from pathlib import Path

from dashboard.study.definitions import read_definition
from dashboard.study.protocol import StudyProtocol

KEY = "third"
DEFINITION = """
[study]
key = "third"
title = "Three trials of one infusion"
short_title = "Third study"
registry_id = "T-1, T-2, T-3"
sponsor = "Not stated"
intervention = "One infusion"
population = "Adults with one of two diseases"
day_zero = "infusion"
cohort_word = "Disease"
cohort_key = "disease"
source = "Written as an example"

[delivery]
study_ids = ["T-1", "T-2", "T-3"]
synthetic_study_ids = ["TEST-T-1", "TEST-T-2", "TEST-T-3"]
cohort_column = "disease"

[exposure]
treatments = ["CELLS"]
unit = "10^6/kg"
planned = [{ number = 1, day = 0 }]

[[cohorts]]
key = "leukaemia"
label = "Leukaemia"
codes = ["LEUKAEMIA"]

[[cohorts]]
key = "lymphoma"
label = "Lymphoma"
codes = ["LYMPHOMA"]

[[members]]
key = "t-1"
label = "Trial 1"
registry_id = "T-1"

[[members]]
key = "t-2"
label = "Trial 2"
registry_id = "T-2"

[[members]]
key = "t-3"
label = "Trial 3"
registry_id = "T-3"

[[groupings]]
key = "trial"
label = "Trial"
column = "STUDYID"
categories = [
    { key = "t-1", label = "Trial 1", codes = ["T-1", "TEST-T-1"] },
    { key = "t-2", label = "Trial 2", codes = ["T-2", "TEST-T-2"] },
    { key = "t-3", label = "Trial 3", codes = ["T-3", "TEST-T-3"] },
]

[[groupings]]
key = "involvement"
label = "Involvement"
column = "INVOLVE"
categories = [
    { key = "marrow", label = "Marrow", codes = ["MARROW"] },
    { key = "both", label = "Marrow and elsewhere", codes = ["BOTH"] },
    { key = "elsewhere", label = "Elsewhere", codes = ["ELSEWHERE"] },
]

[[groupings]]
key = "blasts"
label = "Blasts in marrow"
column = "BLASTS"
categories = [{ key = "lt20", label = "below 20 %", high = 20.0 }, { key = "ge20", label = "20 % or more", low = 20.0 }]
within = ["involvement.marrow", "involvement.both"]
absent_label = "not reported, or no marrow"

[[visits]]
key = "infusion"
label = "Infusion"
short = "D0"
target = 0
high = 0

[[visits]]
key = "day-28"
label = "Day 28"
short = "D28"
target = 28
low = 1
high = 60

[[visits]]
key = "day-90"
label = "Day 90"
short = "D90"
target = 90
low = 61
high = 120

[[analytes]]
key = "cd3"
label = "CD3 T cells"
short = "CD3"
codes = ["CD3"]

[[analytes]]
key = "cd4"
label = "CD4 T cells"
short = "CD4"
codes = ["CD4"]
thresholds = [200.0]

[[units]]
names = ["/uL"]
factor = 1.0

[[strata]]
key = "lt200"
label = "below 200"
high = 200.0

[[strata]]
key = "ge200"
label = "200 or more"
low = 200.0

[[periods]]
key = "to-day-90"
label = "up to day 90"
first_visit = "infusion"
last_visit = "day-90"

[endpoint]
analyte = "cd4"
thresholds = [200.0]
visit = "day-90"
time_above_threshold = 200.0

[[findings]]
domain = "RS"
label = "Responses"

[[findings]]
domain = "TR"
tests = ["SPDCHG"]
label = "Tumour size"

[response]
domain = "RS"
test = "BESTRESP"
not_evaluable = ["NE"]
categories = [
    { key = "cr", label = "CR", codes = ["CR"] },
    { key = "pr", label = "PR", codes = ["PR"] },
    { key = "pd", label = "PD", codes = ["PD"] },
]
rates = [
    { key = "orr", label = "Overall response (CR or PR)", categories = ["cr", "pr"] },
    { key = "cr", label = "Complete remission", categories = ["cr"] },
]
assessment_test = "OVRLRESP"
size_test = "SPDCHG"

[survival]
milestones = [
    { key = "transplant", label = "Transplant", codes = ["STEM CELL TRANSPLANT"] },
    { key = "relapse", label = "Relapse", codes = ["RELAPSE"] },
    { key = "death", label = "Death", codes = ["DEATH"] },
    { key = "contact", label = "Last contact", codes = ["LAST CONTACT"] },
]
endpoints = [
    { key = "pfs", label = "Progression-free survival", events = ["relapse", "death"], parameter = "PFS" },
    { key = "os", label = "Overall survival", events = ["death"], parameter = "OS" },
]
relapse = "relapse"
censor = "transplant"
contact = "contact"
landmarks = [28, 90]

[recovery]
milestone = "transplant"
split_syndrome = "crs"
levels = [{ analyte = "cd3", level = 200.0 }, { analyte = "cd4", level = 200.0 }]
aplasia = { analyte = "cd3", below = 50.0 }

[[safety.scales]]
key = "astct-2019"
label = "ASTCT 2019"
names = ["ASTCT 2019"]

[[safety.syndromes]]
key = "crs"
label = "Cytokine release syndrome"
short = "CRS"
terms = ["Cytokine release syndrome"]
scale = "astct-2019"
treatments = [{ key = "tocilizumab", label = "Tocilizumab", names = ["TOCILIZUMAB"] }]

[[reported]]
key = "orr"
label = "Overall response"
measure = "response.orr"
numerator = 5
denominator = 9
percent = 55.6
"""


def write_third(folder: Path, *changes: tuple[str, str]) -> Path:
    """The definition as a file in `folder`, with pieces of text exchanged; each piece must occur."""
    text = DEFINITION
    for old, new in changes:
        assert old in text, f"the definition holds no {old!r}"
        text = text.replace(old, new, 1)
    path = folder / f"{KEY}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def third(folder: Path) -> StudyProtocol:
    """The third study, read from a file written into `folder`."""
    return read_definition(write_third(folder))
