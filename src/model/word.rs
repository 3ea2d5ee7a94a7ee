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

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str($crate::model::word::Word::word(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                <Self as $crate::model::word::Word>::parse(&text)
                    .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is none of the words that may stand here")))
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let all: Vec<&str> = <Self as $crate::model::word::Word>::ALL
                    .iter()
                    .map(|w| $crate::model::word::Word::word(*w))
                    .collect();
                schemars::json_schema!({ "type": "string", "enum": all })
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
