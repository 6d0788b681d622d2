//! The thread that a world runs on.
//!
//! A world's state is one database behind one lock, so its requests come one after the other in any case. On a thread of
//! its own they do so without waking each other up, which costs more than most of them do; worlds run beside each other;
//! and a program that runs an emulator inside itself, such as a test, keeps its own runtime for itself.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::accept;
use crate::listen::Listener;
use crate::world::World;

/// Serves a world until told to stop. What is returned is cancelled when the last connection has ended.
pub(crate) fn start(
    world: Arc<World>,
    listeners: Vec<Listener>,
    stop: CancellationToken,
) -> io::Result<CancellationToken> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let sockets = attach(&runtime, listeners)?;
    let ended = CancellationToken::new();
    let end = ended.clone().drop_guard();
    thread::Builder::new()
        .name("emulator".to_owned())
        .spawn(move || {
            let _end = end;
            runtime.block_on(serve(world, sockets, stop));
        })?;
    Ok(ended)
}

type Socket = (TcpListener, Option<TlsAcceptor>);

fn attach(runtime: &Runtime, listeners: Vec<Listener>) -> io::Result<Vec<Socket>> {
    let _inside = runtime.enter();
    listeners
        .into_iter()
        .map(|listener| {
            listener.socket.set_nonblocking(true)?;
            Ok((TcpListener::from_std(listener.socket)?, listener.tls))
        })
        .collect()
}

async fn serve(world: Arc<World>, sockets: Vec<Socket>, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    for (socket, tls) in sockets {
        tasks.spawn(accept(socket, tls, world.clone(), stop.clone(), tasks.clone()));
    }
    tasks.close();
    tasks.wait().await;
}
