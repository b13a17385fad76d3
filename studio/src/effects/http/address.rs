//! Which addresses may be connected to. Pure; asked after resolution and for addresses written out in a URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The internet.
    Public,
    /// This box or its network: only where a rule says `private`.
    Local,
    /// Nothing that a service lives at.
    Never,
}

/// May it be connected to?
pub(super) fn permitted(address: IpAddr, private: bool) -> bool {
    match reach(address) {
        Reach::Public => true,
        Reach::Local => private,
        Reach::Never => false,
    }
}

/// What it belongs to, looking through every way to write an IPv4 address as IPv6.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

const LOCAL_V4: &[([u8; 4], u32)] = &[
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
];

const NEVER_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

fn reach_v4(address: Ipv4Addr) -> Reach {
    let within = |&(net, bits): &([u8; 4], u32)| {
        let shift = 32 - bits;
        u32::from(address) >> shift == u32::from(Ipv4Addr::from(net)) >> shift
    };
    if NEVER_V4.iter().any(within) {
        Reach::Never
    } else if LOCAL_V4.iter().any(within) {
        Reach::Local
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let s = address.segments();
    let embedded = |hi: u16, lo: u16| reach_v4(Ipv4Addr::from((u32::from(hi) << 16) | u32::from(lo)));
    match s {
        [0, 0, 0, 0, 0, 0xffff, hi, lo] | [0x64, 0xff9b, 0, 0, 0, 0, hi, lo] | [0x2002, hi, lo, ..] => embedded(hi, lo),
        // Documentation; Teredo, ORCHID, benchmarks and the rest of 2001::/23 tunnel elsewhere or name no host.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Reach::Never,
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff | 0xfe80..=0xfeff, ..] => Reach::Local,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_a_local_address_is_local() {
        let table = [
            ("8.8.8.8", Reach::Public),
            ("1.1.1.1", Reach::Public),
            ("172.15.255.255", Reach::Public),
            ("172.32.0.0", Reach::Public),
            ("100.63.255.255", Reach::Public),
            ("100.128.0.0", Reach::Public),
            ("192.167.255.255", Reach::Public),
            ("127.0.0.1", Reach::Local),
            ("127.255.255.254", Reach::Local),
            ("10.0.0.1", Reach::Local),
            ("172.16.0.1", Reach::Local),
            ("172.31.255.255", Reach::Local),
            ("192.168.1.1", Reach::Local),
            ("169.254.169.254", Reach::Local),
            ("100.64.0.1", Reach::Local),
            ("198.18.0.1", Reach::Local),
            ("0.0.0.0", Reach::Never),
            ("0.1.2.3", Reach::Never),
            ("192.0.0.8", Reach::Never),
            ("192.0.2.1", Reach::Never),
            ("198.51.100.7", Reach::Never),
            ("203.0.113.9", Reach::Never),
            ("224.0.0.1", Reach::Never),
            ("240.0.0.1", Reach::Never),
            ("255.255.255.255", Reach::Never),
            ("2606:4700:4700::1111", Reach::Public),
            ("2a00:1450::1", Reach::Public),
            ("::1", Reach::Local),
            ("fe80::1", Reach::Local),
            ("fec0::1", Reach::Local),
            ("fc00::1", Reach::Local),
            ("fd12:3456::1", Reach::Local),
            ("::", Reach::Never),
            ("::127.0.0.1", Reach::Never),
            ("::2", Reach::Never),
            ("::ffff:127.0.0.1", Reach::Local),
            ("::ffff:10.0.0.1", Reach::Local),
            ("::ffff:169.254.169.254", Reach::Local),
            ("::ffff:8.8.8.8", Reach::Public),
            ("::ffff:0:127.0.0.1", Reach::Never),
            ("64:ff9b::7f00:1", Reach::Local),
            ("64:ff9b::10.1.2.3", Reach::Local),
            ("64:ff9b::8.8.8.8", Reach::Public),
            ("64:ff9b:1::7f00:1", Reach::Never),
            ("2002:7f00:1::", Reach::Local),
            ("2002:c0a8:101::1", Reach::Local),
            ("2002:808:808::1", Reach::Public),
            ("2001::7f00:1", Reach::Never),
            ("2001:db8::1", Reach::Never),
            ("3fff::1", Reach::Never),
            ("ff02::1", Reach::Never),
            ("100::1", Reach::Never),
            ("5f00::1", Reach::Never),
            ("4000::1", Reach::Never),
        ];
        for (text, want) in table {
            assert_eq!(reach(text.parse().unwrap()), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_ipv6_clothing_makes_a_private_ipv4_address_public(v4: u32) {
            let v4 = Ipv4Addr::from(v4);
            let bare = reach(v4.into());
            let [a, b] = [(u32::from(v4) >> 16) as u16, u32::from(v4) as u16];
            for dressed in [
                v4.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
                Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(reach(dressed.into()), bare);
            }
        }

        #[test]
        fn the_standard_library_agrees_on_what_is_local(v4: u32) {
            let v4 = Ipv4Addr::from(v4);
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() {
                prop_assert_eq!(reach(v4.into()), Reach::Local);
            }
            if v4.is_multicast() || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() {
                prop_assert_eq!(reach(v4.into()), Reach::Never);
            }
        }
    }
}
