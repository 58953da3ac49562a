"""Money out: a payout is requested once, sent under one number, followed until it arrived or came back."""
