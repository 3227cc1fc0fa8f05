//! AWS credentials for signing, from the standard chain: environment, profile, web identity, container endpoint,
//! instance metadata; of an assumed role if one is configured.
//!
//! The SDK is asynchronous and this crate is not, so one thread with a runtime of its own does the asking. Credentials
//! are kept and asked for again ahead of their end, so that connections cost the provider nothing: it would throttle.

use super::failure::Cause;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::{rustls_provider::CryptoMode, Provider};
use std::sync::{mpsc, Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Credentials that end sooner are renewed while they are still used.
const RENEW_AHEAD: Duration = Duration::from_secs(300);
/// Credentials that end sooner are not used: what they sign ends with them.
const LAST_USE: Duration = Duration::from_secs(30);
/// The longest the chain may take, whoever waits for it.
const LONGEST_ASKING: Duration = Duration::from_secs(15);

/// The credentials of now. Thread-safe.
pub(crate) struct AwsCredentials {
    kept: Arc<Mutex<Kept>>,
    questions: mpsc::Sender<Question>,
}

#[derive(Default)]
struct Kept {
    credentials: Option<Credentials>,
    /// The credentials were of no use: the next answer must come from a chain that is built anew.
    forgotten: bool,
}

/// Asks for new credentials, unless they have been answered since `at`.
struct Question {
    at: Instant,
    answer: mpsc::Sender<Result<Credentials, Cause>>,
}

impl AwsCredentials {
    /// Starts the thread; it asks nobody before the first question, and ends with this.
    pub fn new(region: String, assume_role: Option<(String, String)>) -> AwsCredentials {
        let (questions, asked) = mpsc::channel();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let chain = Chain { region, assume_role, provider: None };
        let answered = kept.clone();
        // Without the thread nobody listens, and every question fails with a sentence that says so.
        let _ = thread::Builder::new().name("aws-masker-aws".into()).spawn(move || answer(&asked, chain, &answered));
        AwsCredentials { kept, questions }
    }

    /// Credentials that are good for at least half a minute more.
    ///
    /// # Errors
    /// [`Cause::NoCredentials`] if there are none by `deadline`.
    pub fn get(&self, deadline: Instant) -> Result<Credentials, Cause> {
        let kept = lock(&self.kept).credentials.clone();
        let left = kept.as_ref().map(life_left);
        let (answer, answered) = mpsc::channel();
        let question = Question { at: Instant::now(), answer };
        match (kept, left) {
            (Some(credentials), Some(left)) if left > LAST_USE => {
                if left < RENEW_AHEAD {
                    // Nobody waits for the answer; a failure is told to whoever asks when they have ended.
                    let _ = self.questions.send(question);
                }
                Ok(credentials)
            }
            _ => {
                self.questions.send(question).map_err(|_| Cause::NoCredentials("the thread that asks AWS is gone"))?;
                let patience = deadline.saturating_duration_since(Instant::now());
                let late = Cause::NoCredentials("the AWS credential chain did not answer in time");
                answered.recv_timeout(patience).unwrap_or(Err(late))
            }
        }
    }

    /// The credentials are of no use any more.
    pub fn forget(&self) {
        *lock(&self.kept) = Kept { credentials: None, forgotten: true };
    }
}

fn life_left(credentials: &Credentials) -> Duration {
    match credentials.expiry() {
        None => Duration::MAX,
        Some(end) => end.duration_since(SystemTime::now()).unwrap_or_default(),
    }
}

/// A panic elsewhere cannot leave this half written, so a poisoned lock is as good as any.
fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers until nobody can ask any more. Questions that came while one was being answered get the same answer.
fn answer(asked: &mpsc::Receiver<Question>, mut chain: Chain, kept: &Mutex<Kept>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let mut last: Option<(Instant, Result<Credentials, Cause>)> = None;
    for question in asked {
        let same = last.take().filter(|(at, _)| *at > question.at);
        let (at, outcome) = same.unwrap_or_else(|| {
            if std::mem::take(&mut lock(kept).forgotten) {
                chain.provider = None;
            }
            let outcome = match &runtime {
                Ok(runtime) => runtime.block_on(chain.ask()),
                Err(_) => Err(Cause::NoCredentials("the system gives no event queue to ask AWS with")),
            };
            if let Ok(credentials) = &outcome {
                lock(kept).credentials = Some(credentials.clone());
            }
            (Instant::now(), outcome)
        });
        // Whoever asked may have given up by now.
        let _ = question.answer.send(outcome.clone());
        last = Some((at, outcome));
    }
}

struct Chain {
    region: String,
    assume_role: Option<(String, String)>,
    /// Built by the first question: building reads files.
    provider: Option<SharedCredentialsProvider>,
}

impl Chain {
    async fn ask(&mut self) -> Result<Credentials, Cause> {
        let asking = async {
            let provider = match &self.provider {
                Some(provider) => provider.clone(),
                None => self.provider.insert(self.build().await?).clone(),
            };
            provider.provide_credentials().await.map_err(|error| Cause::NoCredentials(why(&error)))
        };
        let late = Cause::NoCredentials("the AWS credential chain did not answer in time");
        tokio::time::timeout(LONGEST_ASKING, asking).await.unwrap_or(Err(late))
    }

    async fn build(&self) -> Result<SharedCredentialsProvider, Cause> {
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let region = Region::new(self.region.clone());
        let sdk = aws_config::defaults(BehaviorVersion::latest()).http_client(http).region(region.clone()).load().await;
        let none = Cause::NoCredentials("the AWS credential chain is empty");
        let chain = sdk.credentials_provider().ok_or(none)?;
        Ok(match &self.assume_role {
            None => chain,
            Some((role, session)) => {
                let role = AssumeRoleProvider::builder(role).session_name(session).region(region).configure(&sdk);
                SharedCredentialsProvider::new(role.build_from_provider(chain).await)
            }
        })
    }
}

/// The SDK's own text is not passed on: it may quote a file or an answer.
fn why(error: &CredentialsError) -> &'static str {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            "the AWS credential chain found none (environment, profile, web identity, container, instance metadata)"
        }
        CredentialsError::ProviderTimedOut(_) => "the AWS credential chain did not answer in time",
        CredentialsError::InvalidConfiguration(_) => "the AWS profile, role or endpoint is not valid",
        _ => "the AWS credential provider refused or cannot be reached",
    }
}
