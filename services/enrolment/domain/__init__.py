"""Pure rules of enrolment. No I/O, no clock, no chance: those are arguments."""
