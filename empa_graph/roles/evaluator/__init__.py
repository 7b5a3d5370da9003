"""The seat that judges: offline evaluators, model judges, panels."""
