"""The moderators' console: server-rendered pages under /console."""
