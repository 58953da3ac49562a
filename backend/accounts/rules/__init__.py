"""The arithmetic of personal accounts. Pure: the law comes in as an argument."""
