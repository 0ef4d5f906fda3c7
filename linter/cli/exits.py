"""Exit codes. Users script against them; see the command's help."""

EXIT_OK = 0
EXIT_GATE = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_BUG = 4
