"""An invented newspaper with its readers, so that a newcomer sees a living queue."""
