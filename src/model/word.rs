//! Closed sets of words, such as the classes of an incident: one list each, from which reading, messages and schema
//! are made.
//!
//! Owns the trait and the macro that makes such a set.

/// A closed set of words that a key takes.
pub trait Word: Sized + Copy + 'static {
    /// Every word, in the order they are offered.
    const ALL: &'static [Self];

    /// As written.
    fn word(self) -> &'static str;

    /// What it means: one sentence.
    fn about(self) -> &'static str;

    /// The one that is written so.
    #[must_use]
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|w| w.word() == text)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $vdoc])* $variant,)*
        }

        impl $crate::model::word::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($vdoc),*).trim_ascii(),)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::model::word::Word::word(*self))
            }
        }
    };
}

pub(crate) use words;
