"""Pure rules of payment. No I/O, no clock, no chance: those are arguments."""
