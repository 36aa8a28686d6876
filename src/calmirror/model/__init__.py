"""Frozen values that both sides speak. No I/O, no clock, no wire formats."""
