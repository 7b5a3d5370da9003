"""From conversations to scenarios, stage by stage; the first is the intake."""
