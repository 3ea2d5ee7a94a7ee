//! The driver against a world in memory: whole runs, faults at every step, death at every append.

mod story;
