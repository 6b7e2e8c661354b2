"""Pure rules of records. No I/O, no clock, no chance: those are arguments."""
