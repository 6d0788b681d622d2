//! The platform, reduced to its refresh rules.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use http::header::AUTHORIZATION;
use http::{Request, Response};

use super::World;
use super::store::ModelStore;
use super::time::ModelClock;
use crate::BoxFuture;
use crate::http::{Body, Transport, TransportError, TransportErrorKind};

pub(super) struct ModelPlatform {
    world: World,
    clock: ModelClock,
    store: Arc<ModelStore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of the pair in force, and whether its access token has been used.
    current: u32,
    used: bool,
    /// Requests for tokens, by kind.
    logins: u32,
    refreshes: u32,
}

impl ModelPlatform {
    pub(super) fn new(world: World, clock: ModelClock, store: Arc<ModelStore>) -> Self {
        Self {
            world,
            clock,
            store,
            state: Mutex::default(),
        }
    }

    pub(super) fn logins(&self) -> u32 {
        self.state().logins
    }

    pub(super) fn refreshes(&self) -> u32 {
        self.state().refreshes
    }

    pub(super) fn holds(&self, access_token: &str) -> bool {
        access_token == format!("access-{}", self.state().current)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn token(&self, body: &str) -> Response<Body> {
        let mut state = self.state();
        let refresh = body
            .split('&')
            .find_map(|field| field.strip_prefix("refresh_token=refresh-"));
        state.refreshes += u32::from(refresh.is_some());
        match refresh.map(|number| number.parse::<u32>().unwrap()) {
            None => {
                state.logins += 1;
                state.current += 1;
                state.used = false;
            }
            Some(number) if number == state.current => {
                state.current += 1;
                state.used = false;
            }
            // The same pair again, until it has been used.
            Some(number) if number + 1 == state.current && !state.used => {}
            Some(_) => return answer(400, r#"{"error":"invalid_grant"}"#),
        }
        let n = state.current;
        answer(
            200,
            &format!(
                r#"{{"access_token":"access-{n}","token_type":"bearer","expires_in":3600,"refresh_token":"refresh-{n}",
                    "refresh_token_expires_in":604800}}"#
            ),
        )
    }

    fn call(&self, bearer: &str) -> Response<Body> {
        assert!(
            self.store.has_stored(bearer),
            "{bearer} was used before it was stored"
        );
        if !self.holds(bearer) {
            return answer(401, r#"{"errorCode":"TokenInvalid"}"#);
        }
        self.state().used = true;
        answer(200, "{}")
    }

    async fn moment(&self) -> Result<(), TransportError> {
        self.clock.moment().await;
        if self.world.strikes(8) {
            return Err(TransportError::new(TransportErrorKind::Lost));
        }
        Ok(())
    }
}

impl Transport for ModelPlatform {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            self.moment().await?;
            let response = if request.uri().path().ends_with("/oauth/token") {
                self.token(std::str::from_utf8(request.body().as_bytes().unwrap()).unwrap())
            } else {
                let bearer = request.headers()[AUTHORIZATION].to_str().unwrap();
                self.call(bearer.strip_prefix("Bearer ").unwrap())
            };
            self.moment().await?;
            Ok(response)
        })
    }
}

impl fmt::Debug for ModelPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelPlatform")
    }
}

fn answer(status: u16, body: &str) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::from(body.to_owned()))
        .unwrap()
}
