//! The page's address as another device on the network can open it.

use std::net::{IpAddr, SocketAddr};

/// Where a page that listens on `listen` can be opened: that address itself, or, where the page
/// listens on all of the machine's addresses, the one that others on the network most likely reach.
/// `None` where the machine has no network.
pub(super) fn reachable(listen: SocketAddr) -> Option<SocketAddr> {
    if !listen.ip().is_unspecified() {
        return Some(listen);
    }
    let interfaces = match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces,
        Err(error) => {
            tracing::warn!(%error, "the network interfaces cannot be listed");
            return None;
        }
    };
    let addresses = interfaces.iter().map(if_addrs::Interface::ip);
    let best = best(addresses, listen.is_ipv6())?;
    Some(SocketAddr::new(best, listen.port()))
}

/// The address that a phone on the same network most likely reaches: one of a private network
/// before any other, the old protocol before the new one, whose addresses nobody types.
fn best(addresses: impl Iterator<Item = IpAddr>, with_ipv6: bool) -> Option<IpAddr> {
    let rank = |address: &IpAddr| match address {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_unspecified() => None,
        IpAddr::V4(v4) if v4.is_private() => Some(0),
        IpAddr::V4(v4) if v4.is_link_local() => Some(3),
        IpAddr::V4(_) => Some(1),
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unicast_link_local() || !with_ipv6 => None,
        IpAddr::V6(_) => Some(2),
    };
    addresses
        .filter_map(|address| Some((rank(&address)?, address)))
        .min()
        .map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_on_every_address_is_shown_with_one_that_a_phone_can_open() {
        let check = |addresses: &[&str], with_ipv6, expect: Option<&str>| {
            let addresses = addresses.iter().map(|address| address.parse().unwrap());
            let expect = expect.map(|address| address.parse().unwrap());
            assert_eq!(best(addresses, with_ipv6), expect);
        };
        check(&["127.0.0.1", "192.168.1.5"], false, Some("192.168.1.5"));
        check(&["203.0.113.7", "10.0.0.2"], false, Some("10.0.0.2"));
        check(&["169.254.3.4", "203.0.113.7"], false, Some("203.0.113.7"));
        check(&["127.0.0.1", "169.254.3.4"], false, Some("169.254.3.4"));
        check(
            &["::1", "fe80::1", "2001:db8::5"],
            true,
            Some("2001:db8::5"),
        );
        check(&["2001:db8::5"], false, None);
        check(&["127.0.0.1", "::1"], true, None);
    }

    #[test]
    fn a_page_on_one_address_is_shown_with_that() {
        for listen in ["127.0.0.1:8080", "192.168.1.5:80", "[::1]:8080"] {
            let listen = listen.parse().unwrap();
            assert_eq!(reachable(listen), Some(listen));
        }
        let everywhere = reachable("0.0.0.0:8080".parse().unwrap());
        assert!(everywhere.is_none_or(|found| {
            !found.ip().is_unspecified() && !found.ip().is_loopback() && found.port() == 8080
        }));
    }
}
