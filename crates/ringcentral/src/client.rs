//! The client: where a program holds on to its login, and where a request enters.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::HeaderValue;
use url::Url;

use crate::api::{AccountApi, ExtensionApi};
use crate::clock::{Clock, SystemClock};
use crate::config::{App, PRODUCTION, Server};
use crate::entropy::{Entropy, OsEntropy};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{
    Connections, Gates, Observation, Observer, Proxy, RateLimitPolicy, RequestBuilder, RetryBudget,
    RetryPolicy, Standard, Transport,
};
use crate::oauth::{OAuth, TokenEndpoint};
use crate::secret::Assertion;
use crate::session::{MemoryTokenStore, Session, Spawner, TokenStore};
use crate::types::AccountId;

/// A client for one login on one platform.
///
/// # Pooling and cloning
/// A clone is cheap and is the same client: connections, login, refreshes and rate gates are shared. Make one per
/// login and clone it into every task. [`with_token_store`](Self::with_token_store) makes a client for another
/// login that shares the connections.
///
/// ```
/// use ringcentral::{App, Client};
///
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::public("my-client-id")).build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) session: Arc<Session>,
    pub(crate) gates: Gates,
    pub(crate) retry: RetryPolicy,
    pub(crate) total_timeout: Option<Duration>,
}

impl Client {
    /// Starts a client for this application, on RingCentral's production platform unless told otherwise.
    pub fn builder(app: App) -> ClientBuilder {
        ClientBuilder {
            app,
            server: PRODUCTION.to_owned(),
            trusted: Vec::new(),
            token_store: None,
            assertion: None,
            transport: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            retry: RetryPolicy::standard(),
            rate_limit: RateLimitPolicy::default(),
            shares_rate_limits: false,
            timeout: Duration::from_secs(60),
            total_timeout: None,
            connections: Connections::default(),
            observer: Observer::default(),
            user_agent: concat!("ringcentral-rs/", env!("CARGO_PKG_VERSION")).to_owned(),
            refresh_ahead: true,
            spawner: Spawner::tokio(),
        }
    }

    /// A client for another login: the same application, platform and connections, with a session and rate gates
    /// of its own. A program that serves many users makes one for each and keeps it.
    ///
    /// If this client [shares its rate limits](ClientBuilder::share_rate_limits), so does the new one, through the new
    /// store; where that cannot, the new login goes by its own count, and a warning is logged.
    #[must_use]
    pub fn with_token_store(&self, store: impl TokenStore) -> Self {
        let store: Arc<dyn TokenStore> = Arc::new(store);
        let gates = self.0.gates.for_another_login(&store);
        Self(Arc::new(Inner {
            session: self.0.session.for_another_login(store, &gates),
            gates,
            retry: self.0.retry,
            total_timeout: self.0.total_timeout,
        }))
    }

    /// The platform.
    pub fn server(&self) -> &Url {
        self.0.server().base()
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.0.session.endpoint().app
    }

    /// Where the login is kept.
    pub fn token_store(&self) -> &dyn TokenStore {
        self.0.session.store()
    }

    /// Logging in and out, and the state of the login.
    pub fn oauth(&self) -> OAuth<'_> {
        OAuth::new(&self.0)
    }

    /// A GET of any endpoint: a path such as `/restapi/v1.0/account/~`, or an address that the platform linked to.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST to any endpoint. It is not repeated after a lost answer unless declared
    /// [`idempotent`](RequestBuilder::idempotent).
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A PUT to any endpoint.
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// A PATCH of any endpoint.
    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// A DELETE of any endpoint.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        RequestBuilder::new(Arc::clone(&self.0), method, path)
    }

    /// An account's resources; `~` is the account of whoever is logged in.
    pub fn account(&self, account_id: impl Into<AccountId>) -> AccountApi {
        AccountApi::new(self.clone(), &account_id.into())
    }

    /// Where waits go by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.0.clock()
    }

    /// The resources of the extension that is logged in: what nearly every program wants first.
    pub fn me(&self) -> ExtensionApi {
        self.account("~").extension("~")
    }
}

impl Inner {
    pub(crate) fn server(&self) -> &Server {
        &self.session.endpoint().server
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.session.endpoint().clock()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.session.endpoint().entropy()
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.session.endpoint().timeout
    }

    pub(crate) fn retry_budget(&self) -> &RetryBudget {
        &self.session.endpoint().retry_budget
    }

    pub(crate) fn observer(&self) -> &Observer {
        &self.session.endpoint().observer
    }

    pub(crate) fn user_agent(&self) -> &HeaderValue {
        &self.session.endpoint().user_agent
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server().as_str())
            .field("app", self.app())
            .field("token_store", &self.token_store().describe())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

/// Settings of a [`Client`]; everything has a default but the application.
///
/// ```
/// use std::time::Duration;
/// use ringcentral::{App, Client, FileTokenStore, RetryPolicy};
///
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::confidential("my-client-id", "my-client-secret"))
///     .jwt("my-jwt")
///     .token_store(FileTokenStore::at("tokens.json"))
///     .retry(RetryPolicy::standard().max_attempts(6))
///     .total_timeout(Duration::from_secs(300))
///     .user_agent("MyApp/1.0")
///     .build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nothing happens until it is built"]
pub struct ClientBuilder {
    app: App,
    server: String,
    trusted: Vec<String>,
    token_store: Option<Arc<dyn TokenStore>>,
    assertion: Option<Assertion>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    retry: RetryPolicy,
    rate_limit: RateLimitPolicy,
    shares_rate_limits: bool,
    timeout: Duration,
    total_timeout: Option<Duration>,
    connections: Connections,
    observer: Observer,
    user_agent: String,
    refresh_ahead: bool,
    spawner: Spawner,
}

impl ClientBuilder {
    /// The platform's address: an origin such as `https://platform.ringcentral.com`, or `http://` on this machine.
    pub fn server(mut self, server: impl Into<String>) -> Self {
        self.server = server.into();
        self
    }

    /// Lets the bearer token go to one more origin, such as a media host of a segregated partner.
    pub fn trust_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted.push(origin.into());
        self
    }

    /// Where the login is kept; in memory by default.
    pub fn token_store(self, store: impl TokenStore) -> Self {
        self.shared_token_store(Arc::new(store))
    }

    /// Where the login is kept, shared with somebody else who looks at it.
    pub fn shared_token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.token_store = Some(store);
        self
    }

    /// A JWT credential: the client logs in with it by itself, whenever there is no login or it has ended.
    pub fn jwt(mut self, assertion: impl Into<Assertion>) -> Self {
        self.assertion = Some(assertion.into());
        self
    }

    /// How requests travel.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where randomness comes from.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// How often and for how long a request is tried.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// What to do when the requests of a group are used up.
    pub fn rate_limit(mut self, rate_limit: RateLimitPolicy) -> Self {
        self.rate_limit = rate_limit;
        self
    }

    /// Whether all processes and hosts that use this login through its token store count their requests together; no by
    /// default, and each goes by its own count and by what the platform's answers say of the others.
    ///
    /// Then a request goes only after its place is in the store, which costs a visit there: one for all that wait at the
    /// same moment. Who goes first is settled within each program, not between them. Each of the programs that share a login has to switch it on. The stores of this project can do it;
    /// another one must implement [`TokenStore::keeps_rate_windows`] and what belongs to it. A store that fails holds no
    /// call up: the process then goes by its own count again.
    pub fn share_rate_limits(mut self, share: bool) -> Self {
        self.shares_rate_limits = share;
        self
    }

    /// How long to wait for the answer of one attempt; 60 seconds by default. A connection has to be made within that time
    /// too, and within ten seconds: an attempt that got none was never sent and has no unknown outcome.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a whole call may take: waiting for a login and a rate limit, every attempt, every pause. Without it,
    /// only [`RetryPolicy::within`] and [`rate_limit`](Self::rate_limit) bound a call.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    /// Sends everything through this proxy, such as `http://user:password@proxy.example.com:3128`. Without it, the
    /// environment decides (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`). A [`transport`](Self::transport) of your own
    /// makes its own connections.
    pub fn proxy(mut self, address: impl Into<String>) -> Self {
        self.connections.proxy = Some(Proxy::At(address.into()));
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.connections.proxy = Some(Proxy::None);
        self
    }

    /// Trusts these certificate authorities as well as the system's: PEM text, for a proxy that reads along or for an
    /// emulator with TLS.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.connections.root_certificates.push(pem.into());
        self
    }

    /// Tells `listener` of each attempt, retry, wait and refresh, and what is left of each rate limit: what a program
    /// that keeps metrics wants to know. It is called from within the call, so it should only count.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use ringcentral::{App, Client, Observation};
    ///
    /// # fn main() -> ringcentral::Result<()> {
    /// let requests = Arc::new(AtomicU64::new(0));
    /// let counter = Arc::clone(&requests);
    /// let client = Client::builder(App::public("my-client-id"))
    ///     .observe(move |observation| {
    ///         if let Observation::Attempt { .. } = observation {
    ///             counter.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn observe(mut self, listener: impl Fn(&Observation<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(listener);
        self
    }

    /// Whether a token is refreshed in the background while it is still good; yes by default.
    ///
    /// A program that ends after a call or two switches it off: it would end in the middle of such a refresh, and
    /// whoever comes next would wait for its lease to run out.
    pub fn refresh_ahead(mut self, refresh_ahead: bool) -> Self {
        self.refresh_ahead = refresh_ahead;
        self
    }

    /// Names your program to the platform, as its guide asks: `MyApp/1.0`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Where the session's own tasks run.
    #[cfg(test)]
    pub(crate) fn spawner(mut self, spawner: Spawner) -> Self {
        self.spawner = spawner;
        self
    }

    /// Checks the settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] that says which setting is wrong and how it is written.
    pub fn build(self) -> Result<Client> {
        self.app.check()?;
        let mut server = Server::parse(&self.server)?;
        for origin in &self.trusted {
            server.trust(origin)?;
        }
        let user_agent = HeaderValue::try_from(self.user_agent).map_err(|error| {
            Error::new(ErrorKind::Config, "the user agent cannot be sent").with_source(error)
        })?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(Standard::new(&self.connections)?),
        };
        let store = self
            .token_store
            .unwrap_or_else(|| Arc::new(MemoryTokenStore::new()));
        let gates = Gates::new(
            self.rate_limit,
            self.timeout,
            Arc::clone(&self.clock),
            Arc::clone(&self.entropy),
            self.spawner.clone(),
        );
        let gates = if self.shares_rate_limits {
            gates.shared_through(&store)?
        } else {
            gates
        };
        let (app_gates, login_gates) = (
            TokenEndpoint::app_gates(&gates),
            TokenEndpoint::login_gates(&gates),
        );
        let endpoint = TokenEndpoint {
            app: Arc::new(self.app),
            server: Arc::new(server),
            transport,
            clock: self.clock,
            entropy: self.entropy,
            retry: self.retry,
            timeout: self.timeout,
            user_agent,
            platform_clock: Arc::default(),
            app_gates: Arc::new(app_gates),
            login_gates: Arc::new(login_gates),
            retry_budget: Arc::new(RetryBudget::default()),
            observer: self.observer,
        };
        Ok(Client(Arc::new(Inner {
            session: Session::new(store, endpoint, self.assertion, self.refresh_ahead, self.spawner),
            gates,
            retry: self.retry,
            total_timeout: self.total_timeout,
        })))
    }
}
