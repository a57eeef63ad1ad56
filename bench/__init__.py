"""`make bench`: the project's figures, measured on this machine.

Absolute figures say as much about the machine as about the hub; the ratios compare two things measured in one run.
"""
