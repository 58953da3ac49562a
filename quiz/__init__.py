"""The work-injury quiz: campaigns, questions, attempts, draws and prize pools."""
