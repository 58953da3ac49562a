"""电子社保 (e-Shebao): the domain, one room per noun, and the edges around it."""
