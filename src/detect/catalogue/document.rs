//! docs/catalogue.md, written from the tables and held to them.

use super::examples::FOUND;
use super::{consoles, hosts, ids, kinds, likely, names, prose};
use std::fmt::Write;

#[test]
fn the_document_is_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/catalogue.md");
    let document = document();
    if std::env::var_os("UPDATE_CATALOGUE").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, &document).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document, "docs/catalogue.md is not what the tables say; run `make catalogue`");
}

fn document() -> String {
    let mut out = String::from(
        "# What is masked\n\nWritten from `src/detect/catalogue` by `make catalogue`; a test holds the two together.\n\n\
        | token | counter | switch | what | found, for example, in |\n|---|---|---|---|---|\n",
    );
    for kind in kinds::ALL {
        let info = kind.info();
        let switch = info.switch.field().unwrap_or("always");
        let mut examples =
            FOUND.iter().filter(|row| row.0 == *kind && !row.2.is_empty() && !row.1.contains(['\n', '|', '`']));
        let example = examples.next().map_or_else(String::new, |row| format!("`{}`", row.1));
        writeln!(out, "| {}_001 | {} | {switch} | {} | {example} |", info.prefix, info.counter, info.what).unwrap();
    }
    out.push_str(
        "\n## Ids by their prefix\n\nA hyphen and 17 hexadecimal digits; those with a star also with 8, those with a\n\
        plus also with 8 that are letters and digits.\n\n",
    );
    let shaped = ids::SHAPED.iter().map(|row| {
        let mark = match row.2 {
            ids::Digits::Old => "*",
            ids::Digits::Mixed => "+",
            ids::Digits::New => "",
        };
        (row.1.info().prefix, format!("`{}-`{mark}", row.0))
    });
    grouped(&mut out, shaped);
    out.push_str("\n## Ids with an alphabet of their own\n\n");
    for (prefix, kind, alphabet, least, most, mixture) in ids::COINED {
        let length = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let both = if *mixture == ids::Mixture::Both { ", a letter and a digit among them" } else { "" };
        writeln!(out, "- {}: `{prefix}-` and {length} of {alphabet:?}{both}", kind.info().prefix).unwrap();
    }
    out.push_str("\n## IAM unique ids\n\n");
    grouped(&mut out, ids::UNIQUE.iter().map(|row| (row.1.info().prefix, format!("`{}…`", row.0))));
    out.push_str("\n## Hosts\n\nNames in front of these suffixes, without their region and service labels:\n\n");
    for (suffix, _) in hosts::SUFFIXES {
        writeln!(out, "- `{suffix}`").unwrap();
    }
    out.push_str("\n## Pages of the console\n\nThe name in the address of a page, behind the path of its service:\n\n");
    let pages = consoles::PAGES.iter().map(|row| (row.3.info().prefix, format!("`{}…{}`", row.0, row.1)));
    grouped(&mut out, pages);
    out.push_str(
        "\n## Names by their key\n\nHowever the key is spelled (`TableName`, `table_name`, `--table-name`).\n\n",
    );
    let keys = names::KEYS
        .iter()
        .flat_map(|row| row.2.iter().map(|key| (row.0.info().prefix, format!("{key} ({:?})", row.1))));
    grouped(&mut out, keys);
    out.push_str("\n## Names by their thing\n\n`name`, or the `Id` of what has none, in a Terraform block, a CloudFormation resource or a list of an AWS API:\n\n");
    let things = names::THINGS
        .iter()
        .chain(names::ID_THINGS)
        .flat_map(|row| row.1.iter().map(|thing| (row.0.info().prefix, format!("`{thing}`"))));
    grouped(&mut out, things);
    out.push_str("\n## Hyphenated names by a segment\n\nWith `name_heuristics`; beside an environment such as `prod`, or three segments:\n\n");
    grouped(&mut out, names::TELLING.iter().map(|row| (row.1.info().prefix, format!("`{}`", row.0))));
    out.push_str("\n## Names by their call\n\nThe `Name` that is the first argument of a call of an SDK, or of a resource of Pulumi:\n\n");
    grouped(&mut out, names::CALLS.iter().map(|row| (row.1.info().prefix, format!("`{}`", row.0))));
    out.push_str("\n## Hyphenated names by a noun\n\nWith `name_heuristics`; behind a noun and quotes, a mark such as `:` or `|`, or `named`, or in front of the end of a sentence or a word that goes on with it; and in quotes, or of three parts, in front of a noun. In any case of letters:\n\n");
    let nouns = [prose::AWS_NOUNS, prose::NOUNS, prose::PATH_NOUNS, prose::EUROPEAN_NOUNS, prose::ASIAN_NOUNS]
        .into_iter()
        .flatten();
    grouped(&mut out, nouns.map(|row| (row.1.info().prefix, row.0.to_string())));
    out.push_str("\n## Guesses\n\nWith `name_heuristics`, and only in a request that has something else that is surely of AWS, or the word AWS: words with hyphens, underscores or capitals inside beside any of the nouns above, their plurals, and these; a single word beside them in backticks or double quotes, or with dots in it; in a list with another name; with a hyphen behind a preposition, or where a name of the same body begins as the word does; databases and tables in queries; and under keys that others have too.\n\n");
    grouped(&mut out, likely::LIKELY_NOUNS.iter().map(|row| (row.1.info().prefix, row.0.to_string())));
    out
}

/// One line per kind, in the order of the kinds' names.
fn grouped(out: &mut String, rows: impl Iterator<Item = (&'static str, String)>) {
    let mut groups: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    rows.for_each(|(kind, row)| groups.entry(kind).or_default().push(row));
    for (kind, rows) in groups {
        writeln!(out, "- {kind}: {}", rows.join(", ")).unwrap();
    }
}
