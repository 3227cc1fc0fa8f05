//! Values behind a `:`, `=` or `|` whose key stands in front of that: `Bucket: x`, `bucket = "x"`, `|  QueueName |  x  |`.

use super::context::Context;
use super::end_map::EndMap;
use super::ends::{self, Ending, Ends};
use super::fallback;
use super::guess;
use super::key::{self, Gives, Said, LONGEST_KEY, SHORTEST_END};
use super::known::OUTPUT;
use super::list::{entries, items, list};
use super::name::{alphabet, goes_on, is_credential, quoted_at, value_in};
use super::table;
use super::terraform::{changed, of_state};
use super::thing::{Opening, Place, Thing};
use super::{between, ends_line, flag, id, is_alphanumeric, is_quote, run, run_back, starts_word, these, KEY};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, CALLS, REFERENCES};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use once_cell::sync::Lazy;
use std::ops::Range;

/// What stands in front of a `:`, `=` or `|`.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Where it ends.
    end: usize,
    ending: Ending,
}

/// What stands in front of the `:`, `=` or `|` at `separator`, if it may be a key. There is no other one in what is read for
/// that, so that it is read once.
#[inline(always)]
pub fn before(text: &[u8], separator: usize, ends: &Ends) -> Option<Before> {
    let end = match text[..separator].last() {
        Some(last) if is_alphanumeric(*last) => separator,
        _ => key_end(text, separator)?,
    };
    let ending = ends.of(&text[..end]);
    let may_be_key = ending.key && !is_left_out(text, separator, separator + 1);
    (may_be_key || ending.thing).then_some(Before { end, ending })
}

/// Where the word ends that stands in front of a separator, if that is not right behind it: before white space and quotes.
#[inline(always)]
fn key_end(text: &[u8], separator: usize) -> Option<usize> {
    match text[..separator].last_chunk() {
        Some([last, b'\\', b'"']) if is_alphanumeric(*last) => Some(separator - 2),
        Some([_, last, b'"']) if is_alphanumeric(*last) => Some(separator - 1),
        Some([_, _, b' ' | b'\t' | b']' | b'"' | b'\'' | b'`' | b'\\' | b'*']) | None => {
            let end = key_end_behind(text, separator);
            // All words of the catalogue end so, but for the prompt of `aws configure`.
            text[..end].last().is_some_and(|b| is_alphanumeric(*b) || *b == b']').then_some(end)
        }
        Some(_) => None,
    }
}

#[inline(never)]
fn key_end_behind(text: &[u8], separator: usize) -> usize {
    let mut end = separator - run_back(text, separator, separator, |b| b == b' ' || b == b'\t');
    // `config["bucket"] = "x"`
    if let [.., quote, b']'] = text[..end] {
        end -= usize::from(is_quote(quote));
    }
    // Markdown and Slack write keys in bold: `**Bucket**: x`.
    end - run_back(text, end, end, |b| is_quote(b) || b == b'*')
}

/// The values behind the `:`, `=` or `|` at `separator`, if the word before it is a key: `Bucket: x`, `bucket = "x"`,
/// `\"TableName\": \"x\"`, `--bucket=x`, `|  QueueName |  x  |`, `"TableNames": ["x", "y"]`.
pub fn assigned(text: &[u8], separator: usize, before: Before, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let place = &context.place(text, separator);
    let space = |b: u8| b == b' ' || b == b'\t';
    let Before { end: before, ending } = before;
    let (key, said) = key_and_said(text, before, context);
    let spelled = &text[key.clone()];
    if context.known.meet_said(said, Opening::Key, place) || !ending.key {
        return;
    }
    let arrow = usize::from(text.get(separator + 1) == Some(&b'>') && text[separator] == b'=');
    let after = separator + 1 + arrow;
    let after = after + run(text, after, 64, space);
    let after = after + if text.get(after) == Some(&b'*') { bold(&text[after..]) } else { 0 };
    if is_left_out(text, separator, after) && said.gives != Some(Gives::Properties) {
        return;
    }
    if said.gives == Some(Gives::Properties) {
        if let Some(thing) = &mut context.known.thing {
            thing.deepen(place);
        }
        return;
    }
    let by_command = flag::by_command(text, key.clone(), said, context);
    let promised = by_command.or_else(|| said.promise(context.known.kind_for(said, place)));
    let promised = match promised {
        None => words(text, key.clone(), context),
        // Of several words the last one says less than all of them.
        Some((_, Form::Telling | Form::CanonicalUser)) if text[..key.start].last() == Some(&b' ') => {
            words_before(text, key.end, context).or(promised)
        }
        promised => promised,
    };
    let of_pair = if promised.is_none() && said.is_value { context.of_pair(spelled, place) } else { None };
    let promised = promised.or(of_pair);
    let is_id = promised.is_none() && said.gives == Some(Gives::Id);
    let of_state = if is_id { of_state(text, key.clone(), context) } else { None };
    let promised = promised.or(of_state);
    let promised = promised.or_else(|| context.known.of_thing(said, place));
    let of_call = || (said.gives == Some(Gives::Name)).then(|| of_call(&text[..key.start])).flatten();
    let promised = promised.or_else(of_call);
    let promised = promised.or_else(|| of_metric(spelled, context));
    let Some((kind, form)) = promised else {
        if said.gives == Some(Gives::Type) {
            // `Type: AWS::SQS::Queue`
            let start = after + run(text, after, 8, is_quote);
            context.known.meet_type(word(text, start), place);
        } else if let Some((_, value)) = said.pair {
            // `{name: BUCKET_NAME, value: x}`
            context.meet_pair(after + run(text, after, 8, is_quote), value, separator);
        }
        return;
    };
    if is_credential(form) && !context.may_be_credential(text, separator) {
        return;
    }
    let is_bar = text[separator] == b'|';
    if is_bar && !table::may_be_in_pair(text, separator, context) {
        return;
    }
    let is_joined = separator + 1 == after;
    let declared = if form == Form::Name { declaration(&text[after..], is_joined, spelled) } else { 0 };
    let after = after + declared;
    // Go's SDK takes pointers.
    let after = after + go_string(&text[after..]);
    let quotes = run(text, after, 8, is_quote);
    let start = after + quotes;
    // Most words behind a key go on as something else.
    let end = start + if quotes > 0 { 0 } else { context.length(text, start, form) };
    if end > start && fallback::reads(text, start) {
        let value = fallback::start(text, start).and_then(|start| quoted_at(text, start, (kind, form), context));
        return out.extend(value.map(|value| value.named(text, kind)));
    }
    if end > start && !is_bar && goes_on(text, end, (kind, form)) {
        return;
    }
    let in_front = &text[..key.start];
    // `Lambda functions: hello, resizeAvatar`
    let is_of_colon = text[separator] == b':';
    if end > start && is_of_colon && spelled.ends_with(b"s") && text[end..].starts_with(b", ") {
        return out.extend(guess::listed(text, start, kind));
    }
    // A label of Kubernetes: `alpha.eksctl.io/cluster-name=payments`.
    let is_label = in_front.ends_with(b"/") && LABELS.iter().any(|domain| in_front.ends_with(domain));
    // Words without a hyphen tell nothing; as the value of a label they are names, and alone on a line they may be.
    let is_everybodys = matches!(form, Form::Telling | Form::Likely);
    if is_everybodys && end > start && !text[start..end].contains(&b'-') && !is_label {
        // `tags: functionname:tax_calc,env:prod`
        let is_tag = is_joined && is_of_colon && matches!(text.get(end), Some(b',' | b'}'));
        let is_missing = || text[end..].starts_with(b" not found");
        if !guess::ends_setting(text, end) && !is_tag && !is_missing() {
            return;
        }
    }
    if is_bar && !(may_be_cell(text, start..end, (kind, form)) && table::met_pair(text, context)) {
        return;
    }
    if form == Form::Name && is_around(text, key.clone(), kind, after, place) {
        context.known.thing = Some(Thing::new(kind, Opening::Key, place));
        return;
    }
    if text.get(after) == Some(&b'{') {
        let inside = after + 1 + between(&text[after + 1..]);
        let is_output = form == Form::Name && text[inside..].starts_with(OUTPUT.0);
        if is_output {
            context.expect((OUTPUT.1, (kind, form), context.base + inside));
        }
        return;
    }
    let form = if is_label && form == Form::Telling { Form::Name } else { form };
    // The query of an URL is anybody's; that of AWS has keys that leave no doubt.
    if form == Form::Telling && matches!(in_front.last(), Some(b'?' | b'&')) {
        return;
    }
    // Without quotes or a colon the arrow is that of a function or a `match`.
    let is_symbol = in_front.ends_with(b":") && !in_front.ends_with(b"::");
    let is_hash = is_symbol || text[before..separator].first().is_some_and(|b| is_quote(*b));
    let is_code = arrow > 0 && !is_hash && !is_credential(form);
    if is_code && !is_setting_arrow(text, key.start, after) {
        return;
    }
    let form = if is_code { Form::Telling } else { form };
    if text.get(after) == Some(&b'[') {
        return list(text, after + 1, (kind, form), context, out);
    }
    let may_have_entries = form == Form::Path || spelled.ends_with(b"Names");
    if (may_have_entries || spelled.ends_with(b"s")) && ends_line(text, after) {
        if may_have_entries {
            entries(text, key.start, after, (kind, form), context, out);
        }
        return items(text, after, (kind, form), context, out);
    }
    // A backslash right before the value is the escape of its first character.
    if quotes > 0 && text[start - 1] == b'\\' {
        return;
    }
    let is_ini = text[separator] == b'=' && quotes == 0 && context.ini.is_section(text, key.start);
    // What only says its key again is seen sooner as that than as what it is.
    if end > start && form != Form::Object && key::same(&text[start..end], spelled) {
        return;
    }
    let mut read = |form: Form| match quotes > 0 || is_ini {
        true => quoted_at(text, start, (kind, form), context),
        false => value_in(text, start..end, (kind, form)),
    };
    let found = read(form);
    let is_setting = quotes > 0 || is_of_colon || is_joined && separator == key.end;
    let is_guess = is_setting && !is_bar && found.is_none() && guess::may_be_under(form);
    let found = if is_guess { read(Form::Name) } else { found };
    // `Clusters: `walrus` (prod), `penguin` (staging)`
    if is_of_colon
        && quotes == 1
        && text[after] == b'`'
        && (found.is_none() || is_guess)
        && guess::tells_words(&text[..key.end])
    {
        return out.extend(guess::listed_in_quotes(text, after, kind));
    }
    let Some(found) = found else { return };
    let value = &text[found.range.clone()];
    let end = found.range.end;
    if key::same(value, spelled) || quotes == 0 && is_reference(value) {
        return;
    }
    // What a stack has made may have an id that says more.
    if kind == Kind::Resource {
        let hyphen = memchr::memchr(b'-', value);
        if hyphen.is_some_and(|hyphen| id::shaped(text, found.range.start + hyphen).is_some()) {
            return;
        }
    }
    if is_guess {
        let is_told = of_pair.is_some() || guess::leaves_little_doubt(spelled);
        let is_one = guess::is_called_so(value, kind, is_told);
        return out.extend(is_one.then(|| found.named(text, kind).guessed()));
    }
    let sure = quotes > 0
        || of_state.is_some()
        || said.gives == Some(Gives::Reference)
        || !matches!(form, Form::Name | Form::Telling | Form::Quoted)
        || is_label
        || of_pair.is_some() && in_front.ends_with(b",")
        || is_bar && ends_cell(text, end)
        || spelled.starts_with(b"--")
        || is_behind_flag(in_front)
        || (form == Form::Name && (text[separator] == b'=' || declared > 0) && key::is_environment(spelled))
        || is_ini && form != Form::Telling && ends_line(text, end);
    if sure || stands_alone(text, separator, value, end, kind) {
        out.push(found.named(text, kind));
        out.extend(changed(text, end, quotes, (kind, form), context));
    } else if is_of_colon || is_joined {
        out.extend(guess::dotted(text, found.range, kind));
    }
}

/// Whether at `after` stands what no value begins with: `bucket=%d`. The cells of a table may be empty.
#[inline(always)]
fn is_left_out(text: &[u8], separator: usize, after: usize) -> bool {
    text.get(after).is_some_and(|b| !BEGINS_VALUE[usize::from(*b)]) && text[separator] != b'|'
}

/// What may stand behind a key and what separates it from its value: all that names and credentials are made of, quotes,
/// brackets, white space and arrows.
static BEGINS_VALUE: [bool; 256] =
    these(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._+=@#*\"'`\\[{\n\r \t>&");

/// The length of what ends or begins bold print behind a separator, and of the space behind that: `**Bucket:** x`, `Bucket: **x**`.
#[inline(never)]
fn bold(text: &[u8]) -> usize {
    match run(text, 0, 3, |b| b == b'*') {
        stars if text.get(stars) == Some(&b' ') => stars + run(text, stars, 8, |b| b == b' '),
        // An alias of YAML has one.
        1 => 0,
        stars => stars,
    }
}

/// What the first argument of a call names: `ssm.get_parameter(Name="/x")`, `new GetParameterCommand({ Name: "/x" })`, or the first behind
/// the name that it has in the program: `new aws.sqs.Queue("jobs", { name: "x" })`.
#[inline(never)]
fn of_call(front: &[u8]) -> Option<(Kind, Form)> {
    let front = front.trim_ascii_end();
    let front = front.strip_suffix(b"{").map_or(front, <[u8]>::trim_ascii_end);
    let called = front.strip_suffix(b"(").or_else(|| without_argument(front))?;
    CALLED.get(called).map(|kind| (*kind, Form::Name))
}

/// A text without the bracket and the argument in quotes that it ends with.
fn without_argument(text: &[u8]) -> Option<&[u8]> {
    let [argument @ .., quote @ (b'"' | b'\'' | b'`')] = text.strip_suffix(b",")? else { return None };
    let start = argument.len() - run_back(argument, argument.len(), LONGEST_KEY, |b| b != *quote && b != b'\n');
    argument[..start].strip_suffix(&[*quote])?.trim_ascii_end().strip_suffix(b"(")
}

static CALLED: Lazy<EndMap<Kind, 8>> = Lazy::new(|| CALLS.iter().copied().collect());

/// What the metrics of Prometheus promise whose names are those of CloudWatch's: `dimension_FunctionName="resize"`.
fn of_metric(key: &[u8], context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let dimension = key.strip_prefix(b"dimension_")?;
    context.known.words.said(dimension).promise(None)
}

/// The length of what stands between a variable and its value where that is declared: the `=` of `bucket_name := "x"`, the type
/// of `bucket: str = "x"`. Those of a Makefile have no quotes: `BUCKET := x`.
fn declaration(text: &[u8], is_joined: bool, key: &[u8]) -> usize {
    let may_be_one = matches!(text.first(), Some(b'=' | b's' | b'S' | b'&'));
    if !may_be_one {
        return 0;
    }
    let assigns = |at: usize| text[at..].starts_with(b"= ") && matches!(text.get(at + 2), Some(b'"' | b'\''));
    let length = STRING_TYPES.iter().find(|of_type| text.starts_with(of_type)).map_or(0, |of_type| of_type.len());
    if assigns(length) && (length > 0 || is_joined) || is_joined && text.starts_with(b"= ") && key::is_environment(key)
    {
        length + 2
    } else {
        0
    }
}

/// How Python, TypeScript, Kotlin and Swift, and Rust name the type of a string.
const STRING_TYPES: [&[u8]; 4] = [b"str ", b"string ", b"String ", b"&str "];

/// The domains of labels that EKS and its tools give. Source: EKS user guide, "Managed node groups"; eksctl's documentation.
const LABELS: [&[u8]; 2] = [b"eksctl.io/", b"eks.amazonaws.com/"];

/// Whether a text ends with the flag that settings in one word stand behind, and a quote. Source: Terraform's documentation,
/// "Backend configuration".
fn is_behind_flag(text: &[u8]) -> bool {
    let flag = match text {
        [flag @ .., b'"' | b'\''] => flag,
        flag => flag,
    };
    flag.ends_with(b"-backend-config=")
}

/// Whether a value of a row may be one: all at a range if that is not in quotes or brackets, else what begins there. Most are none, which
/// takes less to see than what the row is.
fn may_be_cell(text: &[u8], value: Range<usize>, (kind, form): (Kind, Form)) -> bool {
    // Of the value of a label no more is asked than of a name.
    let form = if form == Form::Telling { Form::Name } else { form };
    match text.get(value.start) {
        Some(_) if !value.is_empty() => value_in(text, value, (kind, form)).is_some(),
        Some(first) => alphabet(form).has(*first) || matches!(first, b'[' | b'{'),
        None => false,
    }
}

/// Whether a cell has nothing more behind `end`: `| Amazon S3 bucket |` tells no name.
fn ends_cell(text: &[u8], end: usize) -> bool {
    let behind = end + run(text, end, LONGEST_KEY, |b| matches!(b, b' ' | b'\t' | b'*' | b'`' | b'"' | b'\''));
    text.get(behind) == Some(&b'|') || ends_line(text, behind)
}

/// Whether a key that names a kind opens a block with a `name` in it: a module of Ansible (`amazon.aws.iam_role:`), a bucket
/// (`deploymentBucket:`, `"bucket": {`).
fn is_around(text: &[u8], key: Range<usize>, kind: Kind, after: usize, place: &Place<'_>) -> bool {
    let is_of_ansible = || ANSIBLE.iter().any(|collection| text[..key.start].ends_with(collection));
    let is_name = text[key.clone()].ends_with(b"ame");
    let opens_object =
        || text[after..].starts_with(b"{") && !is_name && text.get(key.end).is_some_and(|b| is_quote(*b));
    let is_colon = text[place.at] == b':';
    let opens_lines =
        || is_colon && ends_line(text, after) && !is_name && !text[key.clone()].ends_with(b"s") && place.begins_line();
    match kind {
        Kind::S3Bucket if opens_object() => !text[after + 1 + between(&text[after + 1..])..].starts_with(OUTPUT.0),
        Kind::S3Bucket if opens_lines() => true,
        _ => opens_lines() && is_of_ansible(),
    }
}

/// The collections of Ansible with modules for AWS.
const ANSIBLE: [&[u8]; 2] = [b"amazon.aws.", b"community.aws."];

/// Whether an arrow behind a bare word may be that of a setting: `bucket => "orders-raw"`, as Logstash and Puppet have it. A
/// function or a `match` has a bracket, a dot or a path in front of the word.
fn is_setting_arrow(text: &[u8], key: usize, value: usize) -> bool {
    let is_quoted = matches!(text.get(value), Some(b'"' | b'\''));
    is_quoted && matches!(text[..key].last(), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// The length of the call in front of a string in Go. Most values begin otherwise.
#[inline(always)]
fn go_string(text: &[u8]) -> usize {
    match text.first_chunk() {
        Some(b"aws." | b"jsii" | b"pulu") => {
            GO_STRINGS.iter().find(|call| text.starts_with(call)).map_or(0, |call| call.len())
        }
        _ => 0,
    }
}

/// How Go gives a string to AWS's SDK, its CDK and Pulumi: `Bucket: aws.String("x")`.
const GO_STRINGS: [&[u8]; 3] = [b"aws.String(", b"jsii.String(", b"pulumi.String("];

/// Whether an unquoted value is a name and not a variable, a type or the first word of a sentence: it has a hyphen,
/// or it is all that stands on the line behind a colon, as in YAML.
fn stands_alone(text: &[u8], separator: usize, value: &[u8], end: usize, kind: Kind) -> bool {
    // `f(bucket=name-of)` is code, `(Service: S3; Bucket: name-of)` a message.
    let ends_call = text[separator] != b':' && text.get(end) == Some(&b')');
    let is_path = value.starts_with(b"/") && !value.ends_with(b"/");
    let shaped = (value.contains(&b'-') || is_path) && !value.contains(&b'=') && !ends_call;
    let to_line_end = text[separator] == b':' && ends_line(text, end);
    // People have two names.
    let may_have_dot = kind == Kind::IamUser;
    shaped || (to_line_end && (may_have_dot || !value.contains(&b'.')) && !value.starts_with(b"_"))
}

/// `var.bucket_name`
fn is_reference(value: &[u8]) -> bool {
    REFERENCES.iter().any(|beginning| value.starts_with(beginning.as_bytes()))
}

/// The key that ends before `end`, and what the catalogue says of it.
pub fn key_and_said(text: &[u8], end: usize, context: &mut Context<'_>) -> (Range<usize>, Said) {
    let masked = context.masked;
    let (start, said) = context.known.words.key(&text[..end], masked, || key_start(text, end, masked));
    (start..end, said)
}

/// Where the word starts that ends before `end` and could be a key. The letter of an escape in front of it (`\nBucket`) is not its.
fn key_start(text: &[u8], end: usize, masked: usize) -> usize {
    let word = simd::run_back(text, end, LONGEST_KEY, &KEY);
    let masked = masked.min(end);
    let mut start = masked.max(end - word);
    // A colon inside is only part of a CloudFormation type, whose parts begin with capitals.
    if text[..start].ends_with(b"::") && text.get(start).is_some_and(u8::is_ascii_uppercase) {
        let whole = end - simd::run_back(text, end, LONGEST_KEY, &CLOUDFORMATION);
        if whole >= masked && text[whole..].starts_with(b"AWS::") {
            start = whole;
        }
    }
    match text[..start] {
        [.., b'\\'] if end > start && starts_word(text, start + 1) => start + 1,
        _ => start,
    }
}

/// Keys of several words, as people, prompts and properties write them: `Bucket name: x`, `AWS Secret Access Key [None]: x`,
/// `fs.s3a.secret.key=x`.
#[inline(always)]
pub fn words(text: &[u8], last: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let end = match text[..last.start] {
        _ if text[..last.end].ends_with(b"]") => text[..last.end].strip_suffix(b" [None]")?.len(),
        [.., before, b' ' | b'.'] if is_alphanumeric(before) && !last.is_empty() => last.end,
        _ => return None,
    };
    words_before(text, end, context)
}

/// The same of words of which the last ends before `end`.
#[inline(never)]
fn words_before(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let word = |end: usize| end - run_back(text, end, LONGEST_WORD, is_alphanumeric);
    let goes_on = |start: usize| matches!(text[..start].last(), Some(b' ' | b'.'));
    let mut start = word(end);
    if !goes_on(start) || !ends::ends_key(&text[..end], end - start) {
        return None;
    }
    let mut letters = end - start;
    let mut telling = None;
    for _ in 0..3 {
        let before = start - 1;
        start = word(before);
        if start == before {
            return telling;
        }
        letters += before - start;
        let spelled = &text[start..end];
        // No word of a key is a number, and no key begins with a digit, but one may end a word that does.
        let begins_with_digit = spelled[0].is_ascii_digit();
        if begins_with_digit && text[start..before].iter().all(u8::is_ascii_digit) {
            return telling;
        }
        let may_be_key = !begins_with_digit || letters >= SHORTEST_END;
        let promised = if may_be_key { context.known.words.said(spelled).promise(None) } else { None };
        match promised.filter(|_| starts_word(text, start)) {
            None | Some((_, Form::Quoted | Form::Id)) => {}
            Some((_, Form::Telling)) => telling = promised,
            sure => return sure,
        }
        if !goes_on(start) {
            return telling;
        }
    }
    telling
}

/// The longest word of a key of several.
const LONGEST_WORD: usize = 24;

/// The type that stands at `at`: `AWS::SQS::Queue`, `aws_sqs_queue`. Of a longer word than any in the catalogue, enough to
/// tell that it is none of them.
pub fn word(text: &[u8], at: usize) -> &[u8] {
    &text[at..at + simd::run(text, at, LONGEST_KEY + 1, &TYPE)]
}

/// What the types of CloudFormation are made of.
static CLOUDFORMATION: AsciiSet = AsciiSet::alphanumeric_and(b":");
/// What types are made of.
static TYPE: AsciiSet = AsciiSet::alphanumeric_and(b"_:");
