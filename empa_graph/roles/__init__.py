"""Minds in the sandbox: persona, empathic and evaluator, as async callables over typed views."""
