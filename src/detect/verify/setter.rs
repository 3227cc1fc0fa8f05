//! Names that are given to the builders of AWS's SDKs and of its CDK for Java: `.tableName("orders")`, `ddb.Table("orders")`.

use super::context::Context;
use super::name::quoted;
use super::{ends, is_alphanumeric, is_quote, key, run, run_back};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;

/// Whether the name of a builder's method may stand behind `dot`, which stands behind a call or the letter of a builder (`b -> b.bucket("x")`),
/// or that of a resource. Behind most dots another word goes on.
#[inline(always)]
pub fn may_be_behind(text: &[u8], dot: usize) -> bool {
    let is_behind_word = text[..dot].last().is_some_and(|b| is_alphanumeric(*b));
    !is_behind_word || text.get(dot + 1).is_some_and(u8::is_ascii_uppercase) || text[..dot - 1].ends_with(b"> ")
}

/// The name that is given to the method behind `dot`, if that is called as a key of the catalogue.
#[inline(never)]
pub fn given(text: &[u8], dot: usize, context: &mut Context<'_>) -> Option<Span> {
    let open = dot + 1 + run(text, dot + 1, LONGEST_METHOD, is_of_method);
    let is_called = matches!(text.get(open..), Some([b'(', quote, ..]) if is_quote(*quote));
    if !is_called || !ends::ending(&text[..open]).key {
        return None;
    }
    let method = &text[dot + 1..open];
    let (kind, form) = context.known.words.said(method).promise(None)?;
    let form = match form {
        Form::Telling if kind == Kind::Dynamodb && is_of_dynamodb(&text[..dot]) => Form::Quoted,
        // That of Pulumi's resources is their name in the program.
        Form::Name if method[0].is_ascii_uppercase() => Form::Telling,
        form => form,
    };
    let start = open + 1 + run(text, open + 1, 2, is_quote);
    quoted(text, start, (kind, form), context).filter(|span| !key::same(&text[span.range.clone()], method))
}

/// Whether what a method is called of says that it gives DynamoDB's resources: `ddb.Table`, `boto3.resource("dynamodb").Table`.
fn is_of_dynamodb(receiver: &[u8]) -> bool {
    let receiver = &receiver[..receiver.len() - run_back(receiver, receiver.len(), 4, |b| b == b')' || is_quote(b))];
    let word = &receiver[receiver.len() - run_back(receiver, receiver.len(), LONGEST_METHOD, is_of_method)..];
    let ends = |name: &&[u8]| word.len() >= name.len() && word[word.len() - name.len()..].eq_ignore_ascii_case(name);
    DYNAMODB.iter().any(ends)
}

/// What programs call DynamoDB, in the end.
const DYNAMODB: [&[u8]; 3] = [b"ddb", b"dynamo", b"dynamodb"];

/// The longest method that is read.
const LONGEST_METHOD: usize = 32;

/// Whether methods are called so. Most are short, and most dots have none behind them.
#[inline(always)]
fn is_of_method(b: u8) -> bool {
    is_alphanumeric(b) || b == b'_'
}

#[cfg(test)]
mod tests {
    use crate::detect::catalogue::kinds::Kind;
    use crate::detect::found;

    #[test]
    fn what_a_builder_is_given_is_found() {
        for (kind, call) in [
            (Kind::Dynamodb, "QueryRequest.builder().tableName(\"zorblax\")"),
            (Kind::Dynamodb, "client.put_item().table_name(\"zorblax\").send()"),
            (Kind::Sqs, "Queue.Builder.create(this, \"Q\")\n  .queueName('zorblax')"),
            (Kind::Sns, r#"Topic.Builder.create(this, \"T\").topicName(\"zorblax\")"#),
            (Kind::S3Bucket, "s3.get_object().bucket(\"zorblax\").key(\"a\")"),
            (Kind::S3Bucket, ".copy_source(\"zorblax/v2/boot.bin\")"),
            (Kind::Secret, "client.getSecretValue(r -> r.secretId(\"zorblax\"))"),
            (Kind::Dynamodb, "t = ddb.Table(\"zorblax\")"),
            (Kind::Dynamodb, "boto3.resource('dynamodb').Table('zorblax')"),
        ] {
            assert_eq!(found(call), [(kind, "zorblax".into())], "{call}");
        }
    }

    #[test]
    fn what_other_methods_are_given_is_left() {
        for call in [
            "db.Table(\"zorblax\").Where(x)",
            "jdbc.table(\"zorblax\")",
            "x.tableName(zorblax)",
            "new aws.s3.Bucket(\"zorblax\", {})",
            "x.tableName()",
            "zorblax.bucket",
            "queue.push(\"zorblax\")",
            "x.table_name(\"table_name\")",
        ] {
            assert_eq!(found(call), [], "{call}");
        }
    }
}
