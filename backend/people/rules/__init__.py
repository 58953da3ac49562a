"""What a number, a name, a phone or a card must look like. Pure: today's date comes in as an argument."""
