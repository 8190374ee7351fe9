"""Records into the catalogue: the only way in for files, the API and the samples.

`read` makes records of files and folders, `run` merges records and stores the transcripts
beside them, `undo` takes a run back; `fetching` brings in what addresses lead to, and is
imported by those who need it: yt-dlp comes with it, and a process that only stores (`lanes`)
is to be there soon. docs/ingest.md says how records of the same video are
merged. Imported columns only are written, never one that people edit.
"""

from catalogue.ingest.reading import read
from catalogue.ingest.runs import run
from catalogue.ingest.undo import RunAtWork, Undone, may_undo, undo
from catalogue.ingest.uploads import Upload, upload

__all__ = [
    "RunAtWork", "Undone", "Upload", "may_undo", "read", "run", "undo", "upload",
]  # fmt: skip
