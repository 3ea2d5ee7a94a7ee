//! Every fault at every step and every undo; death at every append; the record cut anywhere.
