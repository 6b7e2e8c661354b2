"""Pure rules of the catalogue. No I/O, no clock, no chance: those are arguments."""
