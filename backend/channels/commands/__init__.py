"""What happens to channels: signing in, proving a phone, binding, dropping."""

from backend.channels.commands.binding import (
    CardProof,
    CounterCodeProof,
    PhoneProof,
    Proof,
    bind,
    follow_merge,
    unbind,
)
from backend.channels.commands.counter_codes import IssuedCode, issue_counter_code
from backend.channels.commands.keeping import (
    drop,
    drop_at_counter,
    sign_out,
    take_verified_phone,
    verify_phone,
)
from backend.channels.commands.one_time_codes import Purpose, forget_codes, start_code
from backend.channels.commands.sign_in import SignedIn, sign_in_through_phone, sign_in_through_wechat

__all__ = [
    "CardProof",
    "CounterCodeProof",
    "IssuedCode",
    "PhoneProof",
    "Proof",
    "Purpose",
    "SignedIn",
    "bind",
    "drop",
    "drop_at_counter",
    "follow_merge",
    "forget_codes",
    "issue_counter_code",
    "sign_in_through_phone",
    "sign_in_through_wechat",
    "sign_out",
    "start_code",
    "take_verified_phone",
    "unbind",
    "verify_phone",
]
