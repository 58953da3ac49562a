"""Money in: what is to be paid, the orders it is paid by, payments, receipts and refunds."""
