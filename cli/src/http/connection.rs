//! Connections: how many there are, and how long one may last.

use std::{
	future::Future,
	io::{self, IoSlice},
	pin::{pin, Pin},
	sync::Arc,
	task::{Context, Poll},
	time::Duration,
};

use axum::{serve::Listener, Router};
use hyper_util::{
	rt::{TokioExecutor, TokioIo, TokioTimer},
	server::conn::auto::Builder,
	service::TowerToHyperService,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::{TcpListener, TcpStream},
	sync::{watch, Semaphore},
	time::{sleep, timeout, Sleep},
};

use super::Limits;

/// Serve until `shutdown` is there, and then what was asked before it.
pub(super) async fn serve(
	limits: Limits,
	mut listener: TcpListener,
	router: Router,
	shutdown: impl Future<Output = ()>,
) {
	let seats = Arc::new(Semaphore::new(limits.connections));
	// Dropped when it is time to end.
	let (going_on, ending) = watch::channel(());
	let mut shutdown = pin!(shutdown);
	loop {
		// Others wait where the system keeps them, and take up nothing here.
		let accepted = async {
			let seat = seats.clone().acquire_owned().await;
			(seat, Listener::accept(&mut listener).await.0)
		};
		let (seat, stream) = tokio::select! {
			() = &mut shutdown => break,
			accepted = accepted => accepted,
		};
		let talk = talk(limits, stream, router.clone(), ending.clone());
		tokio::spawn(async move {
			talk.await;
			drop(seat);
		});
	}
	drop((listener, going_on));
	// All seats are free when the last connection has ended.
	let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
	drop(seats.acquire_many(all).await);
}

/// Answer what is asked on one connection, until its time is over or the sender of `ending` is gone.
async fn talk(limits: Limits, stream: TcpStream, router: Router, mut ending: watch::Receiver<()>) {
	// HTTP/1 only: behind the many streams of an HTTP/2 connection it is not seen which of them is read.
	let mut builder = Builder::new(TokioExecutor::new()).http1_only();
	builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
	let stream = TokioIo::new(Impatient { stream, limit: limits.stall, waiting: None });
	let mut connection = pin!(builder.serve_connection(stream, TowerToHyperService::new(router)));
	let ended = tokio::select! {
		ended = connection.as_mut() => Some(ended),
		() = sleep(limits.lifetime) => None,
		_ = ending.changed() => None,
	};
	let ended = match ended {
		Some(ended) => ended,
		None => {
			connection.as_mut().graceful_shutdown();
			timeout(limits.lifetime, connection).await.unwrap_or_else(|elapsed| Err(elapsed.into()))
		},
	};
	if let Err(error) = ended {
		tracing::debug!(%error, "a connection broke off");
	}
}

/// A connection that breaks off when its other end takes nothing for too long.
struct Impatient {
	stream: TcpStream,
	limit: Duration,
	/// There while something cannot be written.
	waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
	fn limit(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
		if written.is_ready() {
			self.waiting = None;
			return written;
		}
		let limit = self.limit;
		let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
		waiting.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
	}
}

impl AsyncRead for Impatient {
	fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(cx, buffer)
	}
}

impl AsyncWrite for Impatient {
	fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
		self.limit(cx, written)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		slices: &[IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
		self.limit(cx, written)
	}

	/// Otherwise what is to be sent would be copied, and be in memory without its turn.
	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_flush(cx)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(cx)
	}
}
