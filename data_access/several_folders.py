"""Data sets of the same name: one folder for each trial of a pooled study, else a delivery in which something stands twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath

from dashboard.study.protocol import StudyProtocol
from data_access.adam.delivery import is_adam
from data_access.report import Findings
from data_access.sdtm.delivery import is_domain
from data_access.simple import is_simple
from data_access.text_tables import TextTable

ONE_TRIAL = "; only a study that pools trials takes a folder for each of them: name the folder that holds this delivery"
ONE_FORMAT = "; only SDTM is read from a folder for each trial: join the files of this name into one"


def tell_apart(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> list[TextTable]:
    """`tables`, those of the same name told apart by their folder in a pooled study; otherwise each of them is refused."""
    names = Counter(table.name for table in tables)
    places = Counter((table.name, _folder_of(table)) for table in tables)
    several = {name for name, _ in places if len({folder for other, folder in places if other == name}) > 1}
    told = []
    for table in tables:
        apart = names[table.name] > 1 and table.name in several and places[table.name, _folder_of(table)] == 1
        if names[table.name] > 1 and not (apart and protocol.members and _is_sdtm(table)):
            why = "" if not apart else ONE_FORMAT if protocol.members else ONE_TRIAL
            findings.refuse(table.file, f"the data set “{table.name}” is delivered more than once{why}")
        told.append(replace(table, folder=_folder_of(table)) if apart else table)
    return told


def _folder_of(table: TextTable) -> str:
    return PurePosixPath(table.file).parent.as_posix().lower().removeprefix(".")


def _is_sdtm(table: TextTable) -> bool:
    return is_domain(table) and not is_adam(table) and not is_simple(table)
