"""Pensions of employees and of the flexibly employed: when, how much, and why."""
