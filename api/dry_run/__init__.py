"""What other rules or another policy would change, told before they are published."""

from api.dry_run.case import Case, case_of, read_file, read_store
from api.dry_run.result import DryRun
from api.dry_run.run import dry_run, dry_run_beside

__all__ = ["Case", "DryRun", "case_of", "dry_run", "dry_run_beside", "read_file", "read_store"]
