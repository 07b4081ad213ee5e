"""The published rule sets of a site: kept in the store, the same on disk and in every service."""
