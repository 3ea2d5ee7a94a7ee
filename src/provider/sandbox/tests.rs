//! The sandbox over real HTTP: each dialect by exact requests and answers.
