"""The day-end files of those who carry money, compared with our own records."""
