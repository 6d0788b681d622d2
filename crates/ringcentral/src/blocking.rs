//! The same calls without async (feature `blocking`).
//!
//! There is no second API: whatever is awaited elsewhere is waited for here, with [`Wait::wait`], and whatever is a
//! stream is walked through with [`WaitEach::wait_each`].
//!
//! ```no_run
//! use ringcentral::blocking::{Wait, WaitEach};
//! use ringcentral::{App, Client, FileTokenStore, Grant};
//!
//! fn main() -> ringcentral::Result<()> {
//!     let client = Client::builder(App::public("my-client-id"))
//!         .token_store(FileTokenStore::at("tokens.json"))
//!         .build()?;
//!     client.oauth().login(Grant::jwt("my-jwt")).wait()?;
//!
//!     let me = client.me().info().wait()?;
//!     println!("{}", me.name.as_deref().unwrap_or("nameless"));
//!
//!     // One page is in memory at a time, however many there are.
//!     for call in client.me().call_log().per_page(250).items().wait_each() {
//!         println!("{}", call?.start_time);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A call runs on the thread that waits for it. What has to go on between calls (connections, a refresh ahead of
//! need) runs on one thread of this crate's own, which is started by the first `wait` and lives as long as the process. A
//! client may be shared by any number of threads, as it may be by tasks.
//!
//! A program that ends in the middle of a refresh loses no login, but whoever uses the same login next may wait for
//! half a minute: one that ends after a call or two switches
//! [`refresh_ahead`](crate::ClientBuilder::refresh_ahead) off.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use futures_util::{Stream, StreamExt};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::block_in_place;

/// Waits for anything that could be awaited.
pub trait Wait: IntoFuture + Sized {
    /// Blocks this thread until the output is there.
    ///
    /// ```no_run
    /// use ringcentral::blocking::Wait;
    ///
    /// # fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// let answer = client.get("/restapi/v1.0/account/~").send().wait()?;
    /// println!("{}", answer.text()?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// In a task of a single-threaded async runtime, which could do nothing else meanwhile and so would wait for itself:
    /// write `.await` there. In a multi-threaded one it works, and takes a thread; `.await` is better there too. It
    /// also panics when the system gives this process no more threads.
    #[track_caller]
    fn wait(self) -> Self::Output {
        wait_for(self.into_future())
    }
}

impl<F: IntoFuture> Wait for F {}

/// Walks through anything that is a stream.
pub trait WaitEach: Stream + Unpin + Sized {
    /// An iterator that blocks its thread until the next item is there. Nothing is asked for ahead of it.
    ///
    /// ```no_run
    /// use ringcentral::blocking::WaitEach;
    ///
    /// # fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// let mut seconds = 0;
    /// for call in client.me().call_log().items().wait_each() {
    ///     seconds += call?.duration.unwrap_or_default();
    /// }
    /// # Ok(()) }
    /// ```
    fn wait_each(self) -> Each<Self> {
        Each(self)
    }
}

impl<S: Stream + Unpin> WaitEach for S {}

/// The items of a stream, waited for one by one; from [`WaitEach::wait_each`].
#[must_use = "an iterator does nothing until it is asked for items"]
pub struct Each<S>(S);

impl<S: Stream + Unpin> Iterator for Each<S> {
    type Item = S::Item;

    /// # Panics
    /// As [`Wait::wait`].
    #[track_caller]
    fn next(&mut self) -> Option<S::Item> {
        wait_for(self.0.next())
    }
}

impl<S> fmt::Debug for Each<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Each")
    }
}

#[track_caller]
fn wait_for<F: Future>(future: F) -> F::Output {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        // No runtime, as it should be.
        Err(_) => runtime().block_on(future),
        // Its other threads take over what this one was to do, so nothing waits for itself.
        Ok(RuntimeFlavor::MultiThread) => block_in_place(|| runtime().block_on(future)),
        Ok(_) => {
            assert!(
                may_block(),
                "`wait` blocks this thread, which runs a single-threaded async runtime: nothing else could happen there \
                 meanwhile, not even what is waited for. Write `.await` instead, or call it in `spawn_blocking`"
            );
            runtime().block_on(future)
        }
    }
}

/// Whether this is a thread for blocking work (`spawn_blocking`). tokio does not tell in any other way.
fn may_block() -> bool {
    catch_unwind(AssertUnwindSafe(|| runtime().block_on(async {}))).is_ok()
}

/// Where calls go on between one `wait` and the next.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ringcentral")
            .enable_all()
            .build()
            .expect("the system gives this process one more thread")
    })
}
