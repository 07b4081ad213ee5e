"""What the rule pages of the console are made of: drafts, checks, trials, numbers, differences."""
