"""What is deployed in an AWS account, brought to a folder once.

Only ``pipewarden pull`` uses this package: it is the one place, beside the refresh of prices, that
talks to AWS, and it only calls operations that read. Everything else works on the folder.
"""
