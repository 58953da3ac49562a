MISTAKES: dict = {}
