//! Finds out where a request comes from: over the network, from this machine, or through a proxy on it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::desk::Desk;
use crate::tls::Secure;

/// Who is at the other end, logged in or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    /// The address that the request came from. If a proxy on this machine passed it on, the last
    /// address that the proxy names.
    pub(crate) address: IpAddr,
    /// Whether the request came straight from this machine.
    pub(crate) is_local: bool,
    /// Whether it came over TLS, that of the desk or of a proxy on this machine.
    pub(crate) is_secure: bool,
}

impl FromRequestParts<Desk> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Visitor {
    /// Only a proxy on this machine is believed what it says about its client.
    pub(crate) fn of(parts: &Parts) -> Self {
        let peer: Option<&ConnectInfo<SocketAddr>> = parts.extensions.get();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let peer = peer.to_canonical();
        let header = |name: &str| {
            let value = parts.headers.get(name)?;
            value.to_str().ok()
        };
        let forwarded = header("x-forwarded-for");
        let client: Option<IpAddr> = forwarded
            .filter(|_| peer.is_loopback())
            .and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        Self {
            // A proxy on two networks may write that of IPv4 as one of IPv6.
            address: client.map_or(peer, |client| client.to_canonical()),
            is_local: peer.is_loopback() && forwarded.is_none(),
            is_secure: parts.extensions.get::<Secure>().is_some()
                || peer.is_loopback() && header("x-forwarded-proto") == Some("https"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn an_address_of_ipv4_is_one_however_a_proxy_writes_it() {
        for written in [
            "203.0.113.9",
            "::ffff:203.0.113.9",
            "10.0.0.1, ::ffff:203.0.113.9",
        ] {
            let request = Request::builder()
                .header("x-forwarded-for", written)
                .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5000))));
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let address = Visitor::of(&parts).address;
            assert_eq!(address, IpAddr::from([203, 0, 113, 9]), "{written}");
        }
    }
}
