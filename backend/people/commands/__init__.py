"""Changing the registry: its persons, their cards and enrolments, and records that are one person."""

from backend.people.commands.enrolments import declare_base, end_enrolment, enrol
from backend.people.commands.registry import change_phone, correct, decease, move, register

__all__ = [
    "change_phone",
    "correct",
    "decease",
    "declare_base",
    "end_enrolment",
    "enrol",
    "move",
    "register",
]
