"""Pipelines written with the SageMaker Python SDK, read without running anything.

A script is evaluated partially (:mod:`~linter.readers.python.machine`): what is known of it becomes
the definition that the SDK would write, each value with the place of the keyword or assignment it
came from; what is not known stays unknown, with the reason.
"""
