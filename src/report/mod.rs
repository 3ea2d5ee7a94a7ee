//! Folds over records: story, brief, closing table. Data in, text out; never prints.
