"""What a trial team sends, as tables of text: CSV, SAS transport (v5, v8), Dataset-JSON 1.1, Parquet and XLSX, alone, in a folder or a zip.

`receiving.receive` is the entrance. Nothing here knows a study: a table is a data set's name, its columns and its texts.
"""
