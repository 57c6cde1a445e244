"""Readers: a source in, a :class:`~shoal.parts.readers.table.Table` out.

A part is a function of one source. Which one reads a source is found out from the source itself
(:func:`shoal.parts.readers.sniff.kind_of`); `--set read.part=NAME` names it instead.
"""

from shoal.plugins import Family, Part

READERS = Family(
    kind="reader",
    group="shoal.readers",
    parts={
        "csv": Part("shoal.parts.readers.delimited:read_delimited", "CSV, TSV and similar"),
        "jsonl": Part(
            "shoal.parts.readers.json_lines:read_json_lines",
            "one JSON object per line, or an array",
        ),
        "parquet": Part("shoal.parts.readers.parquet:read_parquet", "Parquet"),
        "arrow": Part("shoal.parts.readers.arrow:read_arrow", "Arrow files and streams, Feather"),
        "excel": Part(
            "shoal.parts.readers.sheets:read_sheet",
            "a sheet of Excel or OpenDocument (.xlsx, .xlsb, .xls, .ods)",
            extra="tables",
            module="python_calamine",
        ),
        "markup": Part(
            "shoal.parts.readers.markup:read_markup",
            "a table in HTML that is named .xls, an XML spreadsheet, XML of records",
        ),
        "sqlite": Part("shoal.parts.readers.databases:read_sqlite", "a table or a query of SQLite"),
        "duckdb": Part(
            "shoal.parts.readers.databases:read_duckdb",
            "a table or a query of a DuckDB file",
            extra="tables",
            module="duckdb",
        ),
        "postgres": Part(
            "shoal.parts.readers.databases:read_postgres",
            "a Postgres query, by the database's address",
            extra="postgres",
            module="adbc_driver_postgresql",
        ),
        "vectors": Part(
            "shoal.parts.readers.vectors:read_vectors", "vectors: .npy, .npz or .safetensors"
        ),
        "lines": Part(
            "shoal.parts.readers.lines:read_lines", "one text per line; - is standard input"
        ),
        "folder": Part(
            "shoal.parts.readers.folder:read_folder", "a folder of documents or text files"
        ),
        "documents": Part(
            "shoal.parts.readers.folder:read_folder",
            "a document, or an archive or mailbox of them (PDF, DOCX, PPTX, ODT, RTF, EPUB, HTML, "
            "Markdown, EML, MSG, MBOX, ZIP)",
        ),
        "pictures": Part(
            "shoal.parts.readers.pictures:read_pictures",
            "pictures: a folder of them, or files (JPEG, PNG, WebP, GIF, TIFF, BMP)",
        ),
        "frame": Part("shoal.parts.readers.frame:read_frame", "a DataFrame, Series, list or array"),
    },
)
