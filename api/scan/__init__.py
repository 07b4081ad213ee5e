"""Judging whole files: read in chunks, judged on many cores or machines, resumable after a kill."""
