"""Other people's wire formats: their requests and answers, said in terms of our verdicts."""
