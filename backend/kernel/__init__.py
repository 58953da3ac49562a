"""What every room stands on: money, time, ids, errors, crypto, the database, jobs and limits."""
