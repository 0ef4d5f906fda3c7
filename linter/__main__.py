"""``python -I -m linter``: the command, with nothing imported from the working directory."""

from linter.cli.start import run

run()
