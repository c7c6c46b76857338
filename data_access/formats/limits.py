"""How large a delivery may be. Far above what a trial sends (a laboratory file of 1,000,000 rows is some 100 to 500 MB), far below what
stops a server.
"""

from __future__ import annotations

from math import ceil

# A megabyte is a million bytes, here, in settings and in messages.
MEGABYTE = 1_000_000
MOST_ENTRIES = 500
MOST_UNPACKED_BYTES = 4000 * MEGABYTE
# Deflate reaches 1:1032 on zeros; transport files full of blanks reach about 1:60, text less.
MOST_RATIO = 200
# Below this size the ratio harms nobody.
SMALL_BYTES = 10 * MEGABYTE
# XML of one sheet of Excel's 1,048,576 rows with ten columns.
MOST_WORKBOOK_BYTES = 1000 * MEGABYTE
MOST_MANIFEST_BYTES = MEGABYTE
# A CSV is read in the memory of the server; 1,000,000 rows of LB with ten columns have 85 MB.
MOST_FILE_BYTES = 2000 * MEGABYTE
# Measured for 1,000,000 rows with 10 columns: 650 MB for XPT and Dataset-JSON, 550 for Parquet, 1,100 for XLSX.
MEMORY_BYTES = 2000 * MEGABYTE
# Libraries and memory-mapped files take addresses without taking memory.
ADDRESS_BYTES = 8000 * MEGABYTE
# Measured for the same files on two cores: 3 s for XPT, 6 s for Dataset-JSON, 1 s for Parquet, 25 s for XLSX.
SECONDS = 120


def describe_size(size: int) -> str:
    """A number of bytes in MB, rounded up to a tenth, so that what exceeds a limit never reads like the limit."""
    return f"{ceil(size * 10 / MEGABYTE) / 10:,.1f}".removesuffix(".0") + " MB"
