"""The registry: who is insured, by which numbers, cards and enrolments."""
