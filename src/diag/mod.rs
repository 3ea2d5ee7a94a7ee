//! What a problem is: code, severity, message, labels, help. Not how it looks.
