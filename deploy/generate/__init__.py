"""Documents that are made from the code, committed, and held to it by tests/contracts.

`make contracts` writes them. A schema that has been published is not written again: whoever
changes one is told to make a new version.
"""
