//! Every path of the machine: properties, shortest witnesses, honest budgets.
