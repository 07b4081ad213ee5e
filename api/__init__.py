"""Where all is wired: the HTTP service, its settings and the command line."""
