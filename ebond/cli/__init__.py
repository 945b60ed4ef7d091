"""The command line: one module a command, all output in one place."""
