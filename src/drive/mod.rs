//! The only place where async meets the machine: takes commands, calls ports, appends, applies, reports.
