//! What is wrong with `people.toml`.

use super::{PEOPLE, read_people, table};

#[test]
fn people() {
    table(
        PEOPLE,
        read_people,
        &[
            (
                "functions = [\"legal\"]",
                "function = [\"legal\"]",
                &["unknown-key 18:1 unknown key `function` in `[persons.lena]`"],
            ),
            ("alternates = [\"grace\"]", "alternates = [\"grcae\"]", &["unresolved 8:15 `grcae` is not a person"]),
            ("alternates = [\"grace\"]", "alternates = [\"ada\"]", &["bad-value 8:15 `ada` is their own alternate"]),
            ("[persons.lena]", "[persons.Lena]", &["bad-id 17:10 `Lena` can not be a name"]),
            ("[persons.lena]", "[persons.any-sre]", &["duplicate-id 17:10 `any-sre` is a person and a role"]),
            ("\"ssh-ed25519 AAAA", "\"AAAA", &["bad-value 7:9 not a public key that can vote"]),
            ("\"ssh-ed25519 AAAA", "\"ssh-rsa AAAA", &["bad-value 7:9 not a public key that can vote"]),
            ("until = 2027-12-31", "until = 2025-12-31", &["bad-value 11:9 `until` lies before `from`"]),
            ("[roles.any-sre]", "[role.any-sre]", &["unknown-key 21:2 unknown key `role` in the file"]),
            ("provider = \"pager\", ", "", &["missing-key 23:11 `provider` is missing in `on-call`"]),
        ],
    );
}
