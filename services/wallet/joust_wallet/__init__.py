"""The wallet service: the double-entry ledger, deposits and deals."""
