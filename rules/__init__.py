"""The declarative detector: the rule language, its compiler and matcher, and the shipped packs."""
