"""A stand-in for WeChat and Tencent Cloud SMS: their real paths, signatures and error codes on this machine.

It shares no code with the rest of `backend`, so that a mistake in one is not repeated in the other.
"""
