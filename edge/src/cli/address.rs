//! The page's address as another device on the network can open it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Where programs ask avahi, which answers for this machine's name in the local network (mDNS).
pub(super) const AVAHI: &str = "/run/avahi-daemon/socket";

/// The machine's name.
pub(super) const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// How long avahi may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of an answer of avahi that are read.
const LONGEST_ANSWER: u64 = 1024;

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

/// What the log says of a page on `listen` that is served by `scheme`, and where its set-up is, given
/// the address at which others [reach](reachable) it.
pub(super) fn announcement(
    scheme: &str,
    listen: SocketAddr,
    reached: Option<SocketAddr>,
) -> (String, String) {
    match reached {
        Some(address) => (
            format!("{scheme}://{address}/"),
            format!("open {scheme}://{address}/setup on a phone"),
        ),
        None => (
            format!("{scheme}://localhost:{}/, without a network", listen.port()),
            "once it has a network, open /setup on a phone".to_owned(),
        ),
    }
}

/// The address that a page on `listen` has in the network, and the name by which avahi announces it;
/// `None` if there is no network, or no name. Avahi may take seconds for its answer.
pub(super) fn name(listen: SocketAddr) -> Option<(IpAddr, String)> {
    let address = reachable(listen).map(|address| address.ip());
    let address = address.filter(|address| !address.is_loopback())?;
    let name = announced(Path::new(AVAHI), address).ok()??;
    Some((address, name))
}

/// The name by which avahi announces an address of this machine, such as `kiosk.local`; `None` if it
/// announces none. Only avahi knows it: where two machines have the same host name, it calls one of
/// them `kiosk-2.local`.
///
/// # Errors
/// If avahi is not running, or does not answer in time.
pub(super) fn announced(socket: &Path, address: IpAddr) -> io::Result<Option<String>> {
    let mut avahi = UnixStream::connect(socket)?;
    avahi.set_read_timeout(Some(PATIENCE))?;
    avahi.set_write_timeout(Some(PATIENCE))?;
    writeln!(avahi, "RESOLVE-ADDRESS {address}")?;
    let mut answer = String::new();
    BufReader::new(avahi.take(LONGEST_ANSWER)).read_line(&mut answer)?;
    // `+ INTERFACE PROTOCOL NAME`, or `-` with what is wrong.
    let mut words = answer
        .strip_prefix('+')
        .unwrap_or_default()
        .split_ascii_whitespace();
    let host = fs::read_to_string(HOST_NAME)?;
    let name = words.nth(2).filter(|name| is_own(name, host.trim()));
    Ok(name.map(str::to_owned))
}

/// Whether a name is this machine's: `HOST.local`, or `HOST-2.local` and so on where others are called
/// the same. Any host that answers for the address in the network may say anything.
fn is_own(name: &str, host: &str) -> bool {
    let host = host.split('.').next().unwrap_or_default();
    let begins = name.get(..host.len());
    let is_host = begins.is_some_and(|begins| begins.eq_ignore_ascii_case(host));
    let number = is_host.then(|| name[host.len()..].strip_suffix(".local"));
    match number.flatten() {
        Some("") => !host.is_empty(),
        Some(number) => number.strip_prefix('-').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }),
        None => false,
    }
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
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    #[test]
    fn avahi_is_asked_for_the_name_that_it_announces() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let ask = || announced(&socket, "192.168.1.5".parse().unwrap());
        assert!(ask().is_err(), "it does not run");
        let avahi = UnixListener::bind(&socket).unwrap();
        let host = fs::read_to_string(HOST_NAME).unwrap();
        let host = host.trim().split('.').next().unwrap();
        let own = format!("{host}-2.local");
        let of_own = format!("+ 2 0 {own}\n");
        for (answer, expected) in [
            (&*of_own, Some(&*own)),
            ("+ 2 0 somebody-else.local\n", None),
            ("+ 2 0 router.example\n", None),
            ("-15 Timeout reached\n", None),
            ("+ 2\n", None),
            ("", None),
        ] {
            let asked = thread::scope(|scope| {
                let asked = scope.spawn(ask);
                let (mut stream, _) = avahi.accept().unwrap();
                let mut question = String::new();
                let mut lines = BufReader::new(stream.try_clone().unwrap());
                lines.read_line(&mut question).unwrap();
                assert_eq!(question, "RESOLVE-ADDRESS 192.168.1.5\n");
                stream.write_all(answer.as_bytes()).unwrap();
                drop((lines, stream));
                asked.join().unwrap()
            });
            assert_eq!(asked.unwrap().as_deref(), expected, "{answer}");
        }
    }

    #[test]
    fn a_name_that_is_not_the_machines_own_is_not_believed() {
        for (name, expected) in [
            ("kiosk.local", true),
            ("Kiosk-12.local", true),
            ("kiosk-.local", false),
            ("kiosk-two.local", false),
            ("kiosks.local", false),
            ("evil.local", false),
            ("kiosk.local.example", false),
            ("", false),
        ] {
            assert_eq!(is_own(name, "kiosk"), expected, "{name}");
            assert_eq!(is_own(name, "kiosk.example.org"), expected, "{name}");
        }
        assert!(!is_own(".local", ""));
        assert!(!is_own("é.local", "k"));
    }

    #[test]
    fn an_address_that_no_phone_can_open_is_not_announced() {
        let listen = "0.0.0.0:8080".parse().unwrap();
        let reached = "192.168.1.5:8080".parse().unwrap();
        let (page, setup) = announcement("https", listen, Some(reached));
        assert_eq!(page, "https://192.168.1.5:8080/");
        assert!(setup.contains("https://192.168.1.5:8080/setup"), "{setup}");
        let (page, setup) = announcement("https", listen, None);
        assert_eq!(page, "https://localhost:8080/, without a network");
        assert!(!setup.contains("0.0.0.0"), "{setup}");
    }

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
