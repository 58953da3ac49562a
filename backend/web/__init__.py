"""The Flask edge that citizens' and staff's APIs share: sign-in, permission, one transaction a request, problems."""
