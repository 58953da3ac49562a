"""The arithmetic of retirement and pensions. Pure: the law comes in as an argument."""
