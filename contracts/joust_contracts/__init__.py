"""What Joust's services agree on: events, internal API models, money and the words for states.

This package is the only code about the domain that two services share. It imports nothing of ours.
"""
