"""What people and other rooms do with collections."""

from backend.collections.commands.requests import change_amount, request, request_for_person, withdraw
from backend.collections.commands.staff import book, close_case, look_again, request_refund

__all__ = [
    "book",
    "change_amount",
    "close_case",
    "look_again",
    "request",
    "request_for_person",
    "request_refund",
    "withdraw",
]
