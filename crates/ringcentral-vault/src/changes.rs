//! News that a login changed, so that whoever waits for another's refresh need not ask again and again.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use crate::database::{CHANGED_CHANNEL, Database};
use crate::id::LoginId;

/// More unread news than this and a waiter just looks for itself.
const BACKLOG: usize = 256;
/// How long to leave a server alone that ended the listening connection.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Tells of changes made here, and on PostgreSQL of those made anywhere.
pub(crate) struct Changes {
    news: broadcast::Sender<String>,
    listener: Option<AbortHandle>,
}

impl Changes {
    /// Listens from here on. A server that cannot notify (a connection pooler, say) costs a pause, not the login.
    pub(crate) async fn of(database: &Database) -> Self {
        let news = broadcast::Sender::new(BACKLOG);
        let listener = match database {
            Database::Sqlite { .. } => None,
            Database::Postgres(pool) => {
                let (pool, news) = (pool.clone(), news.clone());
                let first = listen(&pool).await;
                Some(tokio::spawn(relay(pool, first, news)).abort_handle())
            }
        };
        Self { news, listener }
    }

    /// Wakes those in this process who wait for this login.
    pub(crate) fn announce(&self, login: &LoginId) {
        // An error only says that nobody waits.
        let _ = self.news.send(login.as_str().to_owned());
    }

    /// News from this moment on.
    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription(self.news.subscribe())
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

/// See [`Changes::subscribe`].
pub(crate) struct Subscription(broadcast::Receiver<String>);

impl Subscription {
    /// Resolves when this login may have changed since the subscription was made.
    pub(crate) async fn about(&mut self, login: &LoginId) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed != login.as_str() => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANGED_CHANNEL).await?;
    Ok(listener)
}

/// Passes the server's notifications on until the pool is closed.
async fn relay(pool: PgPool, first: Result<PgListener, sqlx::Error>, news: broadcast::Sender<String>) {
    let mut current = first;
    loop {
        let error = match current {
            Ok(mut listener) => loop {
                match listener.recv().await {
                    Ok(notification) => {
                        let _ = news.send(notification.payload().to_owned());
                    }
                    Err(error) => break error,
                }
            },
            Err(error) => error,
        };
        if matches!(error, sqlx::Error::PoolClosed) {
            return;
        }
        tracing::warn!(%error, "the vault does not hear of changes by other processes; it looks for them instead");
        tokio::time::sleep(RECONNECT_PAUSE).await;
        current = listen(&pool).await;
    }
}
