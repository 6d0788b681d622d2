//! The login web app of ringcentral: people log in to RingCentral on RingCentral's own page, their tokens stay sealed
//! in a [vault](ringcentral_vault), and their browsers hold a session cookie and nothing else.
//!
//! ```no_run
//! # use std::sync::Arc;
//! use ringcentral::{Clock, Entropy, OsEntropy, SystemClock};
//! use ringcentral_gateway::{EnvironmentConfig, Gateway, GatewayConfig};
//! use ringcentral_vault::{Keyring, Vault};
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let clock: Arc<dyn Clock> = Arc::new(SystemClock);
//! let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
//! let keys = Keyring::generate(entropy.as_ref());
//! let vault = Vault::open("sqlite::memory:", keys, clock.clone(), entropy.clone()).await?;
//! let config = GatewayConfig {
//!     public_url: "http://localhost:5000".parse()?,
//!     environments: vec![EnvironmentConfig {
//!         name: "production".into(),
//!         label: "Production".into(),
//!         server: "https://platform.ringcentral.com".into(),
//!         client_id: "my-client-id".into(),
//!         client_secret: Some("my-client-secret".into()),
//!         redirect_uri: None, // http://localhost:5000/oauth2callback
//!         note: None,
//!     }],
//! };
//! let router = Gateway::new(config, vault, clock, entropy)?.router();
//! # let _ = router;
//! # Ok(())
//! # }
//! ```
//!
//! # Cookies
//!
//! | on https | on http (this computer) | holds | ends |
//! |---|---|---|---|
//! | `__Host-rc_session` | `rc_session` | the session id, 256 random bits; the vault has its hash | with the session |
//! | `__Host-rc_browser` | `rc_browser` | what binds a login that was begun to this browser | 10 minutes after the last start |
//!
//! Both are `HttpOnly`, `SameSite=Lax` and `Path=/`. Lax, because the platform sends the browser back by a link from
//! another site, and because a link to this app from elsewhere should find its user signed in; whatever acts is a
//! POST with a token of the session, which neither needs.

mod assets;
mod config;
mod cookies;
mod dates;
mod explain;
mod html;
mod logins;
mod problem;
mod return_to;
mod routes;
mod security;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use ringcentral::{Clock, Entropy};
use ringcentral_vault::Vault;
use tower_http::catch_panic::CatchPanicLayer;

pub use config::{ConfigError, EnvironmentConfig, GatewayConfig};

use routes::{callback, health, login, logout, pages, reads, sms};
use state::AppState;

/// The largest form that this app has is a text message.
const LARGEST_BODY: usize = 32 * 1024;

/// The login web app, ready to be served.
#[derive(Debug)]
pub struct Gateway {
    state: AppState,
}

impl Gateway {
    /// Checks the settings; nothing is asked of any platform yet.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn new(
        config: GatewayConfig,
        vault: Vault,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ConfigError> {
        let (origin, environments) = config::check(config, &clock, &entropy)?;
        Ok(Self {
            state: AppState::new(origin, environments, vault, clock, entropy),
        })
    }

    /// Every route, and what surrounds them all.
    pub fn router(&self) -> Router {
        let policy = self.state.policy();
        Router::new()
            .route("/", get(pages::home))
            .route("/index", get(async || Redirect::to("/")))
            .route("/login", get(login::start))
            .route("/login/done", get(login::done))
            .route("/oauth2callback", get(callback::finish))
            .route("/test", get(reads::test))
            .route("/api/sms", post(sms::send))
            .route("/logout", get(logout::ask).post(logout::act))
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/static/{file}", get(assets::serve))
            .route("/favicon.ico", get(assets::favicon))
            .fallback(async || problem::Problem::not_found())
            .with_state(self.state.clone())
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(from_fn_with_state(policy.clone(), security::same_site_only))
            .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                use axum::response::IntoResponse;
                problem::Problem::internal().into_response()
            }))
            .layer(from_fn(problem::render))
            .layer(from_fn_with_state(policy, security::around))
    }
}
