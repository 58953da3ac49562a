"""Money out: a payout is asked for once, sent under one number, and followed until it arrived or came back."""
