//! aws-maskerctl: the operator's tool on the same engine as the plugin.
//!
//! The body comes on stdin, the result goes to stdout. Exit codes: 0 done, 1 `detect` found something, 2 usage,
//! 3 refused, 4 store.

mod files;
mod report;

use aws_masker::{Code, Config, Error, Mapping, Masker};
use clap::{Args, Parser, Subcommand};
use files::Failure;
use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Mask AWS identifiers, restore them, or list them. The body is read from stdin, the result is written to stdout.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 detect found something, 2 usage, 3 refused, 4 store.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replace every identifier by its token.
    Mask {
        #[command(flatten)]
        engine: EngineArgs,
        #[command(flatten)]
        body: BodyArgs,
        /// Write the mapping to this file (mode 0600; it holds the originals). `unmask` reads it.
        #[arg(long, value_name = "FILE")]
        mapping_out: Option<PathBuf>,
    },
    /// Replace the tokens of a mapping by their originals.
    Unmask {
        /// The file that `mask --mapping-out` wrote.
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        #[command(flatten)]
        body: BodyArgs,
        /// Restore as a stream, in chunks of this many bytes.
        #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "lines")]
        chunk: Option<u32>,
    },
    /// List the identifiers; exit with 1 if there are any.
    Detect {
        #[command(flatten)]
        engine: EngineArgs,
        #[command(flatten)]
        body: BodyArgs,
        /// One JSON object per identifier and line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct EngineArgs {
    /// The plugin's config block as a JSON file; without one, an in-process store.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args)]
struct BodyArgs {
    /// The body's content type.
    #[arg(long, value_name = "TYPE", default_value = "")]
    content_type: String,
    /// Each input line is a body of its own; all share one store and one mapping.
    #[arg(long)]
    lines: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        // Whoever read our output has seen enough, as with `… | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("aws-maskerctl: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Mask { engine, body, mapping_out } => mask(&engine, &body, mapping_out),
        Command::Unmask { mapping, body, chunk } => unmask(&mapping, &body, chunk),
        Command::Detect { engine, body, json } => detect(&engine, &body, json),
    }
}

fn mask(engine: &EngineArgs, args: &BodyArgs, mapping_out: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let masker = masker(engine)?;
    // The file is made first: if it cannot be, nothing is masked that could not be restored.
    let mapping_out = mapping_out.map(|path| files::PrivateFile::create(&path)).transpose()?;
    let mut all = Mapping::default();
    let outcome = for_each_body(args, |body, feed, out| {
        let masked = masker.mask(&args.content_type, body)?;
        all.merge(&masked.mapping)?;
        out.write_all(masked.body.as_deref().unwrap_or(body))
            .and_then(|()| out.write_all(feed))
            .map_err(Failure::Output)
    });
    // Also after a failure: lines that are out already must be restorable.
    if let Some(file) = mapping_out {
        file.write(all.to_json()?.as_bytes())?;
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

fn unmask(mapping: &std::path::Path, args: &BodyArgs, chunk: Option<u32>) -> Result<ExitCode, Failure> {
    let mapping = Mapping::from_json(&files::read(mapping)?)?;
    // Restoring asks no store and needs no configuration.
    let masker = Masker::new(&in_process())?;
    if let Some(chunk) = chunk {
        let mut unmasker = masker.unmasker(&args.content_type, mapping);
        return in_chunks(&mut unmasker, chunk as usize).map(|()| ExitCode::SUCCESS);
    }
    for_each_body(args, |body, feed, out| {
        let restored = masker.unmask(&args.content_type, &mapping, body);
        let restored = restored.as_ref().map_or(body, |restored| &restored.body);
        out.write_all(restored).and_then(|()| out.write_all(feed)).map_err(Failure::Output)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn in_chunks(unmasker: &mut aws_masker::Unmasker, size: usize) -> Result<(), Failure> {
    let (mut input, mut out) = (io::stdin().lock(), io::stdout().lock());
    let mut chunk = vec![0; size];
    loop {
        let read = input.read(&mut chunk).map_err(Failure::Input)?;
        let restored = if read == 0 { unmasker.finish() } else { unmasker.push(&chunk[..read]) };
        out.write_all(&restored).and_then(|()| out.flush()).map_err(Failure::Output)?;
        if read == 0 {
            return Ok(());
        }
    }
}

fn detect(engine: &EngineArgs, args: &BodyArgs, json: bool) -> Result<ExitCode, Failure> {
    let masker = masker(engine)?;
    let mut found = 0;
    let mut line = 0;
    for_each_body(args, |body, _, out| {
        line += 1;
        let findings = masker.detect(&args.content_type, body)?;
        found += findings.len();
        for finding in &findings {
            report::finding(out, finding, args.lines.then_some(line), json).map_err(Failure::Output)?;
        }
        Ok(())
    })?;
    Ok(if found > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Runs `work` on stdin as one body, or on each of its lines and the line feed behind it, which is no part of a body.
fn for_each_body(
    args: &BodyArgs,
    mut work: impl FnMut(&[u8], &[u8], &mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = io::stdin().lock();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut body = Vec::new();
    if !args.lines {
        input.read_to_end(&mut body).map_err(Failure::Input)?;
        work(&body, &[], &mut out)?;
        return out.flush().map_err(Failure::Output);
    }
    while input.read_until(b'\n', &mut body).map_err(Failure::Input)? > 0 {
        let length = body.strip_suffix(b"\n").map_or(body.len(), <[u8]>::len);
        let (line, feed) = body.split_at(length);
        work(line, feed, &mut out)?;
        body.clear();
    }
    out.flush().map_err(Failure::Output)
}

fn masker(args: &EngineArgs) -> Result<Masker, Failure> {
    let config = match &args.config {
        Some(path) => Config::from_json(&files::read(path)?)?,
        None => in_process(),
    };
    Ok(Masker::new(&config)?)
}

fn in_process() -> Config {
    Config { use_redis: false, ..Config::default() }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::StoreUnavailable | Code::StoreCredentials | Code::StoreCommand => Failure::Store(error),
            Code::ConfigInvalid | Code::ConfigMissing => Failure::Config(error),
            _ => Failure::Refused(error),
        }
    }
}
