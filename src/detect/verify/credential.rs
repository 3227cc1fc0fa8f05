//! Credentials, found by what stands in front of them: a secret access key is no more than 40 characters of base64.

use super::context::Context;
use super::ends;
use super::key::LONGEST_KEY;
use super::name::{fits, length, SECRET_LENGTH};
use super::words::Words;
use super::{ends_word, is_quote, run, run_back, starts_word, ALPHANUMERIC};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, ANNOUNCING, LINKING};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use std::ops::Range;

/// How far behind a key id its secret may stand in the same text: two quotes with escapes, a comma and a space.
const SECRET_REACH: usize = 16;
/// How far behind a key id its secret may stand in the same line, and how far behind that a session token.
const LINE_REACH: usize = 96;
/// How far behind a key its credential may begin: quotes, brackets, a comma, the spaces of a column.
const GAP: usize = 32;
/// The most words of a key: `AWS_SECRET_ACCESS_KEY`, and one in front.
const MOST_WORDS: usize = 5;

/// The secret behind the key id that ends before `end`: `AKIA…,wJalr…`, `-u AKIA…:wJalr…`, `("AKIA…", "wJalr…")`.
pub fn secret_behind(text: &[u8], end: usize) -> Option<Span> {
    let mut start = end;
    while start < text.len() && start - end <= SECRET_REACH {
        start += match text[start..] {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b, ..] if b.is_ascii_whitespace() || is_quote(b) || matches!(b, b',' | b':' | b';' | b'|') => 1,
            _ => break,
        };
    }
    (start > end).then(|| secret_at(text, start)).flatten()
}

/// The secret in the line of the key id that ends before `end`, with words between: `login AKIA… password wJalr…`. A key id is
/// rare, and such a word behind one is nothing else.
pub fn secret_in_line(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<Span> {
    in_line(text, end, (Kind::SecretKey, Form::Secret), context)
}

/// The session token in the line of the secret that ends before `end`.
pub fn token_in_line(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<Span> {
    in_line(text, end, (Kind::SessionToken, Form::SessionToken), context)
}

/// The next word of that form in a line, of which a semicolon is an end, too.
fn in_line(text: &[u8], end: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let reach = text.len().min(end + LINE_REACH);
    let mut at = end;
    while at < reach {
        let word = simd::run(text, at, LINE_REACH, &BASE64);
        let may_be = word >= SECRET_LENGTH && is_beginning(text, at);
        let found = if may_be { given(text, at, promised, context) } else { None };
        if found.is_some() || matches!(text[at..], [b'\n' | b'\r' | b';', ..] | [b'\\', b'n' | b'r', ..]) {
            return found;
        }
        at += word.max(1);
    }
    None
}

/// The session token behind the secret that ends before `end`: `("ASIA…", "wJalr…", "IQoJ…")`.
pub fn token_behind(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<Span> {
    let start = end + run(text, end, SECRET_REACH, |b| b == b' ' || b == b',' || b == b'\n' || is_quote(b));
    let length = context.length(text, start, Form::SessionToken);
    let is_one = start > end && fits(&text[start..start + length], Form::SessionToken);
    is_one.then(|| Span::new(start..start + length, Kind::SessionToken))
}

/// The word at `start`, if it is as long as a secret and made of the same characters.
pub fn secret_at(text: &[u8], start: usize) -> Option<Span> {
    let end = start + length(text, start, Form::Secret);
    let goes_on = matches!(text.get(end), Some(b'_' | b'-'));
    (end - start == SECRET_LENGTH && !goes_on).then(|| Span::new(start..end, Kind::SecretKey))
}

/// The word of that form at `start`. A secret has letters of both cases, as no hexadecimal digest has.
fn given(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let end = start + context.length(text, start, form);
    let word = &text[start..end];
    let is_whole = ends_word(text, end) && !matches!(text.get(end), Some(b'_' | b'-'));
    let is_one = is_whole && fits(word, form) && word.iter().any(u8::is_ascii_lowercase);
    is_one.then(|| Span::new(start..end, kind))
}

/// Whether base64 may begin there, and not go on from something else.
fn is_beginning(text: &[u8], start: usize) -> bool {
    starts_word(text, start) && !matches!(text[..start].last(), Some(b'+' | b'/' | b'_' | b'-'))
}

/// Whether the key at `at` may be one of [`introduced`]: little more than its first letters is asked for.
#[inline]
pub fn may_introduce(key: &[u8]) -> bool {
    matches!(key, [b's' | b'S', b'e' | b'E', b'c' | b'C' | b's' | b'S', ..])
}

/// The same of a key that begins with `aws`.
#[inline]
pub fn may_introduce_of_aws(key: &[u8]) -> bool {
    matches!(key.get(3..), Some([b'_' | b'-' | b'.' | b' ', rest @ ..] | rest) if may_introduce(rest))
}

/// The credential behind the key at `at`, where there is no mark between, or more than around a key elsewhere:
/// `aws configure set aws_secret_access_key …`, `os.environ["AWS_SECRET_ACCESS_KEY"] = "…"`, `setenv("AWS_SESSION_TOKEN", "…")`,
/// `fs.s3a.secret.key …`.
#[inline(never)]
pub fn introduced(text: &[u8], at: usize, context: &mut Context<'_>) -> Option<Span> {
    if !context.may_be_credential(text, at) {
        return None;
    }
    let words = &mut context.known.words;
    let (end, promised) = if starts_word(text, at) { key_at(text, at, words)? } else { return None };
    let start = end + gap(text, end);
    // A backslash right before the value is the escape of its first character.
    let is_given = start > end && text[start - 1] != b'\\';
    is_given.then(|| given(text, start, promised, context)).flatten()
}

/// Where the key at `at` ends, and the credential that it promises: `aws_secret_access_key_prod`.
fn key_at(text: &[u8], at: usize, words: &mut Words) -> Option<(usize, (Kind, Form))> {
    let mut end = at;
    let mut found = None;
    for _ in 0..MOST_WORDS {
        end += simd::run(text, end, LONGEST_KEY, &ALPHANUMERIC);
        let key = &text[at..end];
        if ends::ending(key).key {
            // A word that tells a token by how that begins may stand in front of anything.
            let is_introduced = |promised: &(Kind, Form)| matches!(promised.1, Form::Secret | Form::SessionToken);
            let promised = words.said(key).promise(None).filter(is_introduced);
            found = promised.map(|promised| (end, promised)).or(found);
        }
        if end - at > LONGEST_KEY || !matches!(text.get(end), Some(b'_' | b'-' | b'.' | b' ')) {
            break;
        }
        end += 1;
    }
    let (end, promised) = found?;
    let of_many =
        if text.get(end) == Some(&b'_') { run(text, end, GAP, |b| b.is_ascii_alphanumeric() || b == b'_') } else { 0 };
    Some((end + of_many, promised))
}

/// The length of what stands between a key that ends before `end` and its value.
fn gap(text: &[u8], end: usize) -> usize {
    let mut at = end;
    while at < text.len() && at - end < GAP {
        at += match text[at..] {
            [b'\\', b't', ..] => 2,
            [b, ..] if is_between(b) => 1,
            _ => match LINKING.iter().find(|word| at > end && is_linking(&text[at..], word)) {
                Some(word) => word.len(),
                None => break,
            },
        };
    }
    at - end
}

/// Whether the text begins with that word, and does not go on with another letter.
fn is_linking(text: &[u8], word: &str) -> bool {
    text.starts_with(word.as_bytes()) && matches!(text.get(word.len()), Some(b' ' | b':'))
}

/// What stands between a key and its value.
fn is_between(b: u8) -> bool {
    is_quote(b) || matches!(b, b' ' | b'\t' | b',' | b':' | b'=' | b'>' | b'(' | b')' | b']' | b'|' | b'?' | b'-')
}

/// Whether the base64 around `slash` may be a credential, by the four bytes on either side: of most paths none is a capital.
/// There is more of it on one side at least.
#[inline]
pub fn may_be_around(text: &[u8], slash: usize) -> bool {
    let before = text[..slash].last_chunk::<4>();
    let (Some(before), Some(behind)) = (before, text[slash + 1..].first_chunk::<4>()) else { return true };
    let around = u64::from(u32::from_le_bytes(*before)) << 32 | u64::from(u32::from_le_bytes(*behind));
    // Capitals, and a few marks, have the bit 0x40 and not 0x20.
    around >> 1 & !around & 0x2020_2020_2020_2020 != 0 && (BASE64.has(before[3]) || BASE64.has(behind[0]))
}

/// The base64 around `slash`, not reaching back before `from`.
pub fn base64_around(text: &[u8], slash: usize, from: usize) -> Range<usize> {
    let start = slash - simd::run_back(text, slash, slash - from, &BASE64);
    start..slash + simd::run(text, slash, text.len(), &BASE64)
}

/// The credential that a stretch of base64 is: a session token by how it begins, wherever it stands; a secret by the words in
/// front of it, of which nothing is masked.
pub fn of_base64(text: &[u8], stretch: Range<usize>, context: &mut Context<'_>) -> Option<Span> {
    let start = stretch.start;
    if !is_beginning(text, start) {
        return None;
    }
    if stretch.len() == SECRET_LENGTH {
        let secret = given(text, start, (Kind::SecretKey, Form::Secret), context);
        return secret.filter(|_| is_announced(text, start, context.masked));
    }
    let is_long = stretch.len() > SECRET_LENGTH;
    is_long.then(|| given(text, start, (Kind::SessionToken, Form::StsToken), context)).flatten()
}

/// Whether the words in front of `start` say that a secret follows: `SECRET_ACCESS_KEY '`, `The secret key is `.
fn is_announced(text: &[u8], start: usize, from: usize) -> bool {
    let head = &text[from.max(start.saturating_sub(GAP + LONGEST_KEY)).min(start)..start];
    let without_gap = |head: &[u8]| head.len() - run_back(head, head.len(), GAP, is_between);
    let linked = &head[..without_gap(head)];
    let linking = LINKING.iter().find_map(|word| linked.strip_suffix(word.as_bytes()));
    let key = linking.filter(|rest| rest.ends_with(b" ")).map_or(linked, |rest| &rest[..without_gap(rest)]);
    let is_separator = |b: &u8| matches!(b, b'_' | b'-' | b'.' | b' ');
    let letters = || key.iter().rev().filter(|b| !is_separator(b)).map(u8::to_ascii_lowercase);
    let announces = |word: &&str| letters().take(word.len()).eq(word.bytes().rev());
    key.last().is_some_and(|b| !is_separator(b)) && ANNOUNCING.iter().any(announces)
}

/// What credentials are made of, without the signs at the end of a session token.
static BASE64: AsciiSet = AsciiSet::alphanumeric_and(b"+/");

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::detect::catalogue::kinds::Kind;
    use crate::Masker;

    const K: &str = "AKIAIOSFODNN7EXAMPLE";
    const S: &str = "p9Xk2Lq7+Vn4Rt8/Ws1Yb6Zc3Md5Ne0HfGjKaQuT";
    /// Without a slash, which would give it away.
    const PLAIN: &str = "p9Xk2Lq7+Vn4Rt80Ws1Yb6Zc3Md5Ne0HfGjKaQuT";

    fn masker() -> Masker {
        Masker::new(&Config { use_redis: false, ..Config::default() }).unwrap()
    }

    fn found(masker: &Masker, text: &str) -> Vec<(Kind, String)> {
        let found = masker.detect("", text.as_bytes()).unwrap();
        found.into_iter().map(|found| (found.kind, found.original)).collect()
    }

    /// A session token; those that are not `plain` have slashes.
    fn token(plain: bool) -> String {
        "IQoJb3JpZ2luX2VjE".to_string() + &if plain { "Jr1" } else { "Jr1/D2" }.repeat(60)
    }

    /// In each text `{}` is all that is found.
    fn assert_found(kind: Kind, value: &str, texts: &[&str]) {
        let masker = masker();
        for text in texts {
            let text = text.replace("{}", value);
            assert_eq!(found(&masker, &text), [(kind, value.to_string())], "{text}");
        }
    }

    fn assert_clean(texts: &[String]) {
        let masker = masker();
        for text in texts {
            let found = found(&masker, text);
            let credentials = found.iter().filter(|found| matches!(found.0, Kind::SecretKey | Kind::SessionToken));
            assert_eq!(credentials.count(), 0, "{text}: {found:?}");
        }
    }

    #[test]
    fn a_key_of_several_words_may_end_a_longer_word() {
        assert_found(
            Kind::SecretKey,
            PLAIN,
            &["3Secret Access Key: {}", "x0Secret access key: {}", "_Secret Access Key: {}"],
        );
    }

    #[test]
    fn a_secret_stands_behind_every_way_to_write_its_key() {
        let texts = [
            "os.environ['AWS_SECRET_ACCESS_KEY'] = '{}'",
            "os.environ[\"AWS_SECRET_ACCESS_KEY\"]=\"{}\"",
            "process.env['AWS_SECRET_ACCESS_KEY'] = '{}';",
            "ENV['AWS_SECRET_ACCESS_KEY'] ||= '{}'",
            "config[\"secret_key\"] = \"{}\"",
            r#"{\"x\": \"os.environ[\\"secret_key\\"] = \\"{}\\"\"}"#,
            "os.Setenv(\"AWS_SECRET_ACCESS_KEY\", \"{}\")",
            "monkeypatch.setenv(\"AWS_SECRET_ACCESS_KEY\", \"{}\")",
            "[Environment]::SetEnvironmentVariable(\"AWS_SECRET_ACCESS_KEY\", \"{}\", \"User\")",
            "os.environ.get('AWS_SECRET_ACCESS_KEY') or '{}'",
            "conf.set(\"fs.s3a.secret.key\",\"{}\")",
            "System.setProperty(\"aws.secretKey\", \"{}\");",
            "ENV AWS_SECRET_ACCESS_KEY {}",
            "setx AWS_SECRET_ACCESS_KEY {}",
            "set -gx AWS_SECRET_ACCESS_KEY '{}'",
            "setenv AWS_SECRET_ACCESS_KEY\t{}",
            r"setenv AWS_SECRET_ACCESS_KEY\t{}\n",
            "${AWS_SECRET_ACCESS_KEY:-{}}",
            "spark.hadoop.fs.s3a.secret.key {}",
            "s3cmd --secret_key {} ls",
            "AWS secret access key is {}.",
            "aws_secret_access_key is {}",
            "TF_VAR_secret_key={}",
            "TF_VAR_aws_secret_key=\"{}\"",
            "PROD_AWS_SECRET_ACCESS_KEY={}",
            "MINIO_SECRET_KEY={}",
            "S3_SECRET={}",
            "ARTIFACTS_SECRET: {}",
            "aws_secret_access_key_prod = {}",
            "\"secretAccessKeyId\": \"{}\"",
            "The secret key: {}.",
            "The secret key is: {}",
            "The secret access key is: {}",
        ];
        assert_found(Kind::SecretKey, S, &texts);
        assert_found(Kind::SecretKey, PLAIN, &texts);
    }

    #[test]
    fn a_secret_with_a_slash_needs_no_other_mark() {
        assert_found(
            Kind::SecretKey,
            S,
            &[
                "SECRET_ACCESS_KEY '{}'",
                "SecretAccessKey  {}",
                "SecretAccessKey\t{}",
                "my secret access key is {}, please",
                "Secret key - {}",
                "secret_key\": \"{}",
            ],
        );
    }

    #[test]
    fn other_words_of_forty_letters_are_no_secrets() {
        let digest = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12";
        assert_clean(&[
            format!("AWS_SECRET_ACCESS_KEY {digest}"),
            format!("AWS_SECRET_ACCESS_KEY {}", digest.to_uppercase()),
            format!("AWS_SECRET_ACCESS_KEY {S}x"),
            format!("AWS_SECRET_ACCESS_KEY {S}-x"),
            format!("AWS_SECRET_ACCESS_KEY is in {S}"),
            format!("the secret keys {S}"),
            format!("no secret; key {S}"),
            format!("secret_key_ {S}"),
            format!("see {S} there"),
            format!("{K} in commit {digest}"),
            format!("{K} in commit {}", digest.to_uppercase()),
            format!("{K} was rotated; {S}"),
            format!("{K} was rotated\nsee {S}"),
            format!("{K} was rotated{}{S}", " again".repeat(16)),
            format!("{K} signs x-{S}"),
            "os.environ['AWS_SECRET_ACCESS_KEY'] = os.environ['OTHER_AWS_SECRET_ACCESS_KEY']".into(),
            "AWS_SECRET_ACCESS_KEY is the variable that RepositoryDescriptionAndItsOwners1 and others read".into(),
            "--secret-key src/Main/Java/Org/Example/Model/Item22x".into(),
        ]);
    }

    #[test]
    fn a_secret_stands_in_the_line_of_its_key_id() {
        let masker = masker();
        for between in
            [" password ", " / ", " => ", " secret ", " -W ", "\t2024-05-02T20:11:21+00:00\t", " -SecretKey "]
        {
            let text = format!("machine x login {K}{between}{S} x");
            assert_eq!(found(&masker, &text), [(Kind::AccessKey, K.into()), (Kind::SecretKey, S.into())], "{text}");
        }
        for token in [token(true), token(false)] {
            for text in [
                format!("CREDENTIALS\t{K}\t2024-05-02T20:11:21+00:00\t{S}\t{token}"),
                format!("ACCESS_KEY_ID '{K}' SECRET_ACCESS_KEY '{S}' SESSION_TOKEN '{token}'"),
            ] {
                let found: Vec<_> = found(&masker, &text).into_iter().map(|found| found.1).collect();
                assert_eq!(found, [K, S, &token], "{text}");
            }
        }
    }

    #[test]
    fn what_stands_between_a_key_id_and_its_secret_is_found() {
        let text = format!("{K} from 10.20.3.44 with {S} to s3://acme-lake/x");
        let expected = [
            (Kind::AccessKey, K),
            (Kind::PrivateIp, "10.20.3.44"),
            (Kind::SecretKey, S),
            (Kind::S3Bucket, "acme-lake"),
        ];
        assert_eq!(found(&masker(), &text), expected.map(|(kind, text)| (kind, text.to_string())));
    }

    #[test]
    fn a_bucket_stands_behind_the_credentials_of_its_uri() {
        let masker = masker();
        for (behind, bucket) in [
            ("@acme-bucket/x", Some("acme-bucket")),
            ("@eu-west-1/acmeloki", Some("acmeloki")),
            ("@eu-west-1", None),
            ("@minio:9000/x", None),
            ("@s3.amazonaws.com/acme-lake", Some("acme-lake")),
        ] {
            let text = format!("s3://{K}:{S}{behind}");
            let buckets: Vec<_> = found(&masker, &text).into_iter().filter(|found| found.0 == Kind::S3Bucket).collect();
            let expected = bucket.map(|bucket| (Kind::S3Bucket, bucket.to_string()));
            assert_eq!(buckets, Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn a_session_token_stands_behind_every_way_to_write_its_key() {
        let texts = [
            "os.environ[\"AWS_SESSION_TOKEN\"] = \"{}\"",
            "ENV AWS_SESSION_TOKEN {}",
            "spark.hadoop.fs.s3a.session.token {}",
            "token      = \"{}\"",
            "access_token = {}",
            "Credentials(token='{}')",
            "\"Token\" : \"{}\",",
            r#"{"Token" : "{}"}"#,
            "The session token is: {}.",
        ];
        assert_found(Kind::SessionToken, &token(true), &texts);
        assert_found(Kind::SessionToken, &token(false), &texts);
    }

    #[test]
    fn a_session_token_is_found_by_its_beginning() {
        let texts = ["{}", "it is {}.", "cookie: aws-creds={}", r#"{"x": "{}"}"#, r#"["{}"]"#, "x\n{}\ny"];
        assert_found(Kind::SessionToken, &token(false), &texts);
        let payload = "iVBORw0KGgo/A1b2".repeat(8) + &token(false);
        assert_clean(&[
            format!("see data:image/png;base64,{}", token(false)),
            format!("see data:image/png;base64,{payload}"),
            payload,
            format!("token = {}", "iVBORw0KGgo/A1b2".repeat(20)),
            token(false)[..96].into(),
            format!("x-{}", token(false)),
        ]);
    }

    #[test]
    fn a_name_stands_behind_the_key_in_brackets() {
        let masker = masker();
        for (text, bucket) in [
            ("config[\"bucket\"] = \"acme-lake\"", Some("acme-lake")),
            ("config['bucket']='acmelake'", Some("acmelake")),
            ("config[:bucket] = \"acme-lake\"", None),
            ("x = y[\"a\"] if z else {\"b\"} = \"acme-lake\"", None),
            ("config[\"bucket\"] = bucket", None),
            ("if config[\"bucket\"] == other: pass", None),
        ] {
            let expected = bucket.map(|bucket| (Kind::S3Bucket, bucket.to_string()));
            assert_eq!(found(&masker, text), Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn masking_credentials_masks_all_of_them() {
        let masker = masker();
        let token = token(false);
        let text = format!("{K} password {S} then {token} and secret key is: {PLAIN}. s3://{K}:{S}@acme-bucket/x");
        let masked = masker.mask("", text.as_bytes()).unwrap();
        let sent = masked.body.unwrap();
        let left = masker.detect("", &sent).unwrap();
        assert!(left.iter().all(|found| found.kind == Kind::Token), "{left:?}");
        assert_eq!(masker.unmask("", &masked.mapping, &sent).unwrap().body, text.as_bytes());
    }
}
