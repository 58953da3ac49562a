"""The Flask edge of both APIs: sign-in, permission, one transaction a request, problems."""
