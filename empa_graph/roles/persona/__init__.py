"""The simulated person in its seat: policy, voice, steering."""
