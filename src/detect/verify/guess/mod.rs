//! Guesses: what nothing introduces well enough to be sure that it is a name, but is hardly anything else in a body about AWS. A guess
//! counts only if the body has something that is sure ([`Span::is_evidence`]).

mod dotted;
mod key;
pub mod kin;
mod list;
mod noun;
mod place;
mod quoted;
mod word;

use super::{name, prose};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::{Others, Span};
use crate::simd;
pub use key::{dotted, ends_setting, is_called_so, leaves_little_doubt, listed, may_be_under, under};
use list::Lists;
pub use noun::tells_words;
pub use quoted::listed as listed_in_quotes;
pub use word::may_be_word;

/// The guesses of a text.
#[derive(Debug, Default)]
pub struct Guesses {
    spans: Vec<Span>,
    lists: Lists,
    /// How far words were read, each once.
    read: usize,
}

impl Guesses {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// They in the order in which they stand.
    pub fn in_order(mut self) -> Vec<Span> {
        self.spans.sort_by_key(|span| span.range.start);
        self.spans
    }

    /// Adds one.
    pub fn add(&mut self, guess: Span) {
        self.spans.push(guess);
    }

    /// Guesses what the word around `mark` names, where `found` is the end and the kind of what was found last. Words are asked about in
    /// their order.
    pub fn guess(&mut self, text: &[u8], mark: usize, found: Option<(usize, Kind)>) {
        if mark < self.read {
            return;
        }
        let word = word::around(text, mark);
        self.read = word.end;
        if word.start == word.end || !place::may_be_of_name(text, &word) {
            return;
        }
        let guessed = self.spans.last().map(|span| (span.range.end, span.kind));
        let of_list = self.lists.kind(text, &word, guessed.max(found));
        let kind = of_list.or_else(|| noun::beside(text, &word)).or_else(|| noun::behind_preposition(text, &word));
        // Of most words nothing is said, which takes less to see than whether they may be names.
        if let Some(kind) = kind.filter(|_| word::may_be_name(text, &word)) {
            self.spans.push(name::named(text, word, kind).guessed());
        }
    }

    /// Guesses what the words around a dot name.
    pub fn guess_dotted(&mut self, text: &[u8], dot: usize) {
        self.spans.extend(dotted::names(text, dot));
    }

    /// Guesses what stands in the quotes behind a place and a space.
    pub fn guess_quoted(&mut self, text: &[u8], at: usize) {
        self.spans.extend(quoted::names(text, at));
    }
}

/// Whether a quote stands behind a place and a space.
#[inline(always)]
pub fn is_before_quote(text: &[u8], at: usize) -> bool {
    matches!(text.get(at + 1..), Some([b' ', b'`' | b'"', ..]))
}

/// The guesses among the words of a text, of which `others` are known.
pub fn words(text: &[u8], others: Others<'_>) -> Vec<Span> {
    let mut guesses = Guesses::default();
    let mut others = others.spans().peekable();
    let mut found: Option<(usize, Kind)> = None;
    simd::each(text, simd::triggers, |at| {
        while let Some(span) = others.next_if(|span| span.range.start <= at) {
            found = Some((span.range.end, span.kind));
        }
        if found.is_some_and(|found| at < found.0) {
            return;
        }
        match text[at] {
            b'-' | b'_' => guesses.guess(text, at, found),
            b'.' => guesses.guess_dotted(text, at),
            b'a'..=b'z' | 0x80.. if is_before_quote(text, at) => guesses.guess_quoted(text, at),
            b'a'..=b'z' | 0x80.. => {
                if let Some(start) = capital(text, at) {
                    guesses.guess(text, start, found);
                }
            }
            _ => {}
        }
    });
    guesses.in_order()
}

/// Where a word begins with a capital behind the end of another one at a place, if that is a noun, or what is beyond ASCII.
pub fn capital(text: &[u8], at: usize) -> Option<usize> {
    let head = match text[at + 1..] {
        [b' ', ..] => &text[..=at],
        [next, ..] if !next.is_ascii() && !text[at].is_ascii() => prose::without_bracket(&text[..at + 2]),
        _ => return None,
    };
    let start = at + 2;
    let begins = text.get(start).is_some_and(u8::is_ascii_uppercase);
    (begins && noun::may_be_behind(head)).then_some(start)
}

/// What is found in a text beside an instance that it has behind it.
#[cfg(test)]
fn guessed(text: &str) -> Vec<(Kind, String)> {
    let mut all = crate::detect::found(&format!("{text}\ni-0abc1234def567890"));
    assert_eq!(all.pop().map(|last| last.0), Some(Kind::Ec2), "{text}");
    all
}

#[cfg(test)]
mod tests {
    use super::guessed;
    use crate::config::Config;
    use crate::detect::catalogue::kinds::Kind;
    use crate::detect::{found, found_by, Detector};

    #[test]
    fn names_are_guessed_by_the_nouns_beside_them() {
        for (kind, name, text) in [
            (Kind::Lambda, "zorBlax_flux", "the function zorBlax_flux fails"),
            (Kind::Lambda, "ZorBlaxBatch", "The function ZorBlaxBatch was retried"),
            (Kind::Sqs, "zor_blax", "reach the dead-letter queue (zor_blax)."),
            (Kind::IamRole, "zor-flux", "the role of the workers (zor-flux) is"),
            (Kind::Glue, "zor-blax", "the crawler `zor-blax` has"),
            (Kind::Glue, "zor-blax", "the \"zor-blax\" job converts"),
            (Kind::Redshift, "zor-blax", "we keep zor-blax (Redshift) for it"),
            (Kind::S3Bucket, "zor-blax", "| S3 | zor-blax | prod |"),
            (Kind::Dynamodb, "zor_blax", "| DynamoDB | `zor_blax` | TTL |"),
            (Kind::Rds, "zor-blax", "| zor-blax | RDS MySQL 8.0 | 410 |"),
            (Kind::Lambda, "zorBlax_flux", "The function that assumes it is called zorBlax_flux and"),
            (Kind::IamRole, "zor-blax-flux", "Die Rolle heißt zor-blax-flux, an ihr"),
            (Kind::Elb, "zor-blax", "Der Zielgruppe `zor-blax` sind"),
            (Kind::StepFunctions, "zor-blax", "macchina a stati zor-blax, che"),
            (Kind::Lambda, "ZorBlaxFlux", "Lambda 関数 ZorBlaxFlux の"),
            (Kind::IamRole, "ZorBlaxFlux", "函数的执行角色是「ZorBlaxFlux」，"),
            (Kind::Resource, "zor-blax-3", "we see that connections on zor-blax-3 are"),
        ] {
            assert_eq!(guessed(text), [(kind, name.to_string())], "{text}");
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn names_are_guessed_in_lists() {
        for (kind, names, text) in [
            (Kind::Lambda, ["zorblax", "zorBlax", "zor_blax"], "Lambda functions: zorblax, zorBlax, zor_blax"),
            (Kind::Sqs, ["zor-blax", "flux-zor", "blax-zor"], "three queues: `zor-blax`, `flux-zor` and `blax-zor`"),
            (Kind::Lambda, ["zor-blax", "flux-zor", "blax-zor"], "함수 zor-blax와 flux-zor 및 `blax-zor`가"),
            (Kind::Sqs, ["zor-blax", "flux-zor", "blax-zor"], "queue zor-blax → flux-zor → blax-zor"),
        ] {
            assert_eq!(guessed(text), names.map(|name| (kind, name.to_string())), "{text}");
        }
        assert_eq!(guessed("EKS clusters plain, zor-blax"), [(Kind::Eks, "zor-blax".to_string())]);
    }

    #[test]
    fn names_are_guessed_under_keys_that_others_have_too() {
        for (kind, name, text) in [
            (Kind::Dynamodb, "ZorBlax", "TABLE = \"ZorBlax\""),
            (Kind::Dynamodb, "zor_blax", "{\"table\": \"zor_blax\"}"),
            (Kind::Dynamodb, "ZorBlax", "DYNAMO_TABLE=ZorBlax"),
            (Kind::Sqs, "zorBlaxQueue", "  queue: zorBlaxQueue"),
            (Kind::Lambda, "zor_blax", "tags:functionname:zor_blax,env:prod"),
            (Kind::Ecs, "zor-blax", "{\"family\": \"zor-blax\"}"),
            (Kind::S3Bucket, "zor.blax.flux", "BucketName: zor.blax.flux"),
            (Kind::S3Bucket, "zor.blax", "ENV ZOR_BUCKET=zor.blax \\\n  X=1"),
            (Kind::S3Bucket, "zor.blax", "access_logs.s3.bucket=zor.blax"),
            (Kind::Sqs, "zor.blax", "QueueName: zor.blax"),
            (Kind::Dynamodb, "zor.blax", "  ZOR_TABLE: zor.blax"),
            (Kind::Kinesis, "zor.blax", "String STREAM = \"zor.blax\";"),
            (Kind::Kinesis, "zor_blax", "  READINGS_STREAM: zor_blax"),
            (Kind::S3Bucket, "zorblax", "- name: ZOR_BUCKET\n  value: zorblax"),
            (Kind::Sqs, "zorblax", "{\"name\": \"ZOR_QUEUE\", \"value\": \"zorblax\"}"),
            (Kind::Sqs, "zorblax", "ZOR_QUEUE=zorblax"),
            (Kind::Dynamodb, "zor_blax", "\"ClaimsTable\": \"zor_blax\""),
            (Kind::Sqs, "zor_blax", "RefundsQueue: zor_blax"),
            (Kind::S3Bucket, "zor_blax", "processBucket: zor_blax"),
            (Kind::Batch, "Zorblax", "submit_job(jobQueue=\"Zorblax\")"),
            (Kind::Athena, "zorblax", "{\"workgroup\": \"zorblax\"}"),
            (Kind::SecurityGroup, "zor_blax", "security_group: zor_blax"),
        ] {
            assert_eq!(guessed(text), [(kind, name.to_string())], "{text}");
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn words_of_everyday_of_programs_and_of_aws_are_not_guessed() {
        for text in [
            "the queue is first-come, first-served; the role is read-only. A bucket in us-west-2 and eu-central-1",
            "aws lambda update-function-code, run update-alias for a function, then put-record on the stream",
            "the function (DescribeInstances) of the table DynamoDB, the QueueName key, the user TableName",
            "def handler(table, column_info): return table_name, the user \"app_ro\", CREATE TABLE fact_sales (",
            "{\"table\": \"table_name\", \"stack\": \"StackName\", \"username\": \"app_user\"} x_amz_acl",
            "{\"Key\": \"max_size\", \"Architecture\": \"x86_64\"}, job: JobName, the AmazonZorBlax policy",
            "  bucket: config.zorblax\n  queue: zor.queue\n  TABLE=zor.csv\n  stream: process.stdout",
            "QueueName: props.zorblax\nDEFAULT_BUCKET=false\nUSE_TABLE=yes\n{\"table\": \"zorblax\"}",
            "notre bucket refuse-t-il, o bucket chama-se, of third-party add-ons on stand-by",
        ] {
            assert_eq!(guessed(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_sure_takes_the_place_of_a_guess() {
        let text = "the job zor_i-0abc1234def567890_blax";
        assert_eq!(found(text), [(Kind::Ec2, "i-0abc1234def567890".to_string())]);
    }

    #[test]
    fn nothing_is_guessed_without_heuristics() {
        let config = Config { name_heuristics: false, ..Config::default() };
        let text = "the function zor_blax, the crawler (x-y-zor)\ntable=ZorBlax\ni-0abc1234def567890";
        let found = found_by(&Detector::new(&config).unwrap(), text);
        assert_eq!(found, [(Kind::Ec2, "i-0abc1234def567890".to_string())]);
    }

    #[test]
    fn addresses_and_numbers_are_no_evidence() {
        for others in ["10.1.2.3", "52.94.76.10", "account 123456789012", "2600:1f18:1234:5678::1"] {
            let text = format!("the function zor_blax and {others}");
            assert!(found(&text).iter().all(|one| one.0 != Kind::Lambda), "{text}");
        }
    }
}
