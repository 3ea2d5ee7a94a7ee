//! Who may say yes, as arithmetic: distinct people matched to functions. Pure.
