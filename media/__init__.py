"""From a selfie to evidence: decode, detect, liveness, match, and an encrypted store."""
