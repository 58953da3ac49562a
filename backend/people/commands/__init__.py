"""Changing the registry: its persons, their cards and enrolments, and records that are one person."""

from backend.people.commands.cards import BANK_CARD_CHANGE, propose_bank_card, set_bank_card
from backend.people.commands.enrolments import declare_bases, end_enrolment, enrol
from backend.people.commands.merging import PERSON_MERGE, propose_merge
from backend.people.commands.reading import PURPOSES, open_record, search
from backend.people.commands.registry import change_phone, correct, decease, leave, move, register

APPROVAL_KINDS = (BANK_CARD_CHANGE, PERSON_MERGE)
"""The changes of this room that need a second person."""

__all__ = [
    "APPROVAL_KINDS",
    "PURPOSES",
    "change_phone",
    "correct",
    "decease",
    "declare_bases",
    "end_enrolment",
    "enrol",
    "leave",
    "move",
    "open_record",
    "propose_bank_card",
    "propose_merge",
    "register",
    "search",
    "set_bank_card",
]
