"""A second run on what has not changed: what the first one printed, printed again.

``plan`` says whether a command may be answered so and how it is named, ``facts`` what a run asked
of the file system, ``store`` keeps results, ``run`` puts them together. Nothing here imports more
than a few modules of the standard library: an answer costs little more than the start of Python.
"""
