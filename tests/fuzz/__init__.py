"""A fuzzer for everything that is read: ``python -m tests.fuzz --minutes 5 --seed 1``."""
