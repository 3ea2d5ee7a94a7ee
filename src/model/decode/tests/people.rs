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
                &["unknown-key 21:1 unknown key `function` in `[persons.lena]`"],
            ),
            ("alternates = [\"grace\"]", "alternates = [\"grcae\"]", &["unresolved 8:15 `grcae` is not a person"]),
            ("alternates = [\"grace\"]", "alternates = [\"ada\"]", &["bad-value 8:15 `ada` is their own alternate"]),
            ("[persons.lena]", "[persons.Lena]", &["bad-id 20:10 `Lena` can not be a name"]),
            ("[persons.lena]", "[persons.any-sre]", &["duplicate-id 20:10 `any-sre` is a person and a role"]),
            ("\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAda", "\"AAAA", &["bad-value 7:9 not a public key that can vote"]),
            (
                "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAda",
                "\"ssh-dss AAAAB3NzaC1kc3MAAAAAAda",
                &["bad-value 7:9 DSA keys are too weak to vote with"],
            ),
            (
                "valid-from = 2026-01-01, ",
                "valid-from = \"2026-01-01\", ",
                &["wrong-type 32:114 `valid-from` takes a time"],
            ),
            ("2027-01-01T00:00:00+01:00", "2027-01-01T00:00:00", &["wrong-type 32:136 `revoked` takes a time"]),
            (
                "hardware = false",
                "hardware = true",
                &["bad-value 32:174 a key of type ssh-ed25519 lives in no hardware that could be touched"],
            ),
            ("{ key = ", "{ kee = ", &["unknown-key 32:7 unknown key `kee` in a key"]),
            ("\"age1ql", "\"ege1ql", &["bad-value 34:11 nothing can be encrypted to this"]),
            ("mon-fri", "monday", &["bad-value 35:9 not days and hours"]),
            ("authority\"]", "authority\", \"x\"]", &["bad-value 2:101 not a public key that can vote"]),
            ("until = 2027-12-31", "until = 2025-12-31", &["bad-value 14:9 `until` lies before `from`"]),
            ("\"+41 44 000 00 01\"", "\"ask Ada\"", &["bad-value 9:9 not a telephone number"]),
            ("\"ada@example.com\"", "\"ada at example.com\"", &["bad-value 10:9 not an e-mail address"]),
            (
                "phone = \"+41 44 000 00 99\"",
                "pager = \"P1\"",
                &["unknown-key 27:1 unknown key `pager` in `[roles.any-sre]`"],
            ),
            ("[roles.any-sre]", "[role.any-sre]", &["unknown-key 24:2 unknown key `role` in the file"]),
            ("provider = \"pager\", ", "", &["missing-key 26:11 `provider` is missing in `on-call`"]),
        ],
    );
}
